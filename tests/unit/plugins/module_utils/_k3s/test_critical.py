# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that a cluster cannot change: found in files, compared as K3s compares them, told with the remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.filter.k3s_critical_changes import k3s_critical_changes
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import critical
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from hypothesis import given
from hypothesis import strategies as st

WANTED = {"cluster-cidr": "10.42.0.0/16", "flannel-backend": "host-gw", "disable": ["traefik", "servicelb"], "secrets-encryption": True}


def seen(*texts: str, networks: tuple[str, ...] = (), has_data: bool = True) -> dict[str, Any]:
    return {"has_data": has_data, "critical": [critical.extract(text) for text in texts], "pod_networks": list(networks)}


def lines(*texts: str, wanted: dict[str, Any] | None = None, **look: Any) -> list[str]:
    return [line.partition(";")[0] for line in k3s_critical_changes(seen(*texts, **look), wanted or WANTED, "")]


def test_the_same_configuration_changes_nothing() -> None:
    assert lines(yaml.safe_dump(WANTED)) == []
    assert lines("flannel-backend: 'host-gw'\ndisable: servicelb\nsecrets-encryption: \"true\"\ntls-san: [a]\n") == []


@pytest.mark.parametrize(
    ("present", "says"),
    [
        ({"flannel-backend": "none"}, "flannel-backend is none, the matrix says host-gw"),
        ({"flannel-backend": None}, "flannel-backend is None, the matrix says host-gw"),
        ({"cluster-cidr": "10.99.0.0/16"}, "cluster-cidr is 10.99.0.0/16, the matrix says 10.42.0.0/16"),
        ({"secrets-encryption": False}, "secrets-encryption is false, the matrix says true"),
        ({"disable": ["traefik"]}, "disable servicelb is false, the matrix says true"),
        ({"cluster-domain": "other.local"}, "cluster-domain is other.local, the matrix says cluster.local"),
    ],
)
def test_a_change_is_told(present: dict[str, Any], says: str) -> None:
    have = {key: value for key, value in (WANTED | present).items() if value is not None}
    (line,) = lines(yaml.safe_dump(have))
    assert line == says.replace("None", "vxlan")


def test_other_packaged_components_may_be_switched_off_later() -> None:
    assert lines(yaml.safe_dump(WANTED | {"disable": ["servicelb"], "tls-san": ["new"]})) == []


def test_drop_ins_count_in_their_order() -> None:
    assert lines(yaml.safe_dump(WANTED), "flannel-backend: vxlan\n") == ["flannel-backend is vxlan, the matrix says host-gw"]
    assert lines(yaml.safe_dump(WANTED | {"disable": ["traefik"]}), "disable+: [servicelb]\n") == []


def test_the_tenth_address_of_services_is_cluster_dns() -> None:
    wanted = {"service-cidr": "10.50.0.0/16", "cluster-dns": "10.50.0.10"}
    assert lines("service-cidr: 10.50.0.0/16\n", wanted=wanted) == []


def test_a_host_without_data_has_nothing_to_lose() -> None:
    assert lines("flannel-backend: none\n", has_data=False) == []


def test_another_pod_network_is_told_by_its_files() -> None:
    both = {"flannel-backend": "none"}
    text = yaml.safe_dump(both)
    assert k3s_critical_changes(seen(text, networks=("calico",)), both, "calico") == []
    (line,) = k3s_critical_changes(seen(text, networks=("calico",)), both, "cilium")
    assert line.startswith("the pod network is calico, the matrix says cilium; K3s fixes this")


def test_looked_for_on_a_host(tmp_path: Path) -> None:
    paths = Paths(root=tmp_path)
    (paths.config_dir / "config.yaml.d").mkdir(parents=True)
    (paths.config_dir / "config.yaml").write_text("cluster-cidr: 10.42.0.0/16\ntoken: very-secret\n")
    (paths.config_dir / "config.yaml.d/50-own.yaml").write_text("flannel-backend: none\n")
    (tmp_path / "etc/cni/net.d").mkdir(parents=True)
    (tmp_path / "etc/cni/net.d/10-calico.conflist").write_text("{}")
    found = critical.look(paths)
    assert found == {"critical": ("cluster-cidr: 10.42.0.0/16\n", "flannel-backend: none\n"), "pod_networks": ("calico",)}


KEYS = st.sampled_from([*critical.DEFAULTS, "disable", "token", "agent-token", "tls-san", "node-label"]).filter(lambda key: key != critical.SERVICELB)
VALUES = st.sampled_from(["10.1.0.0/16", True, False, ["traefik", "servicelb"], "secret: word", "a\nb: c\n"])


@given(st.dictionaries(KEYS, VALUES))
def test_nothing_but_critical_values_leaves_the_host(config: dict[str, Any]) -> None:
    text = yaml.safe_dump(json.loads(json.dumps(config)))  # no list twice, which YAML would write as an alias
    found = yaml.safe_load(critical.extract(text)) or {}
    assert found == {key: value for key, value in config.items() if key in critical.DEFAULTS or key == "disable"}
