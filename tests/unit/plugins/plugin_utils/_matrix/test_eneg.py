# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The eNeG site is what its planning document says (sections 2 to 5)."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded, load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Record

INVENTORIES = pathlib.Path(__file__).parents[5] / "inventories"


@pytest.fixture(scope="module")
def eneg() -> Loaded:
    return load_matrix(INVENTORIES / "matrix.yml")


def test_memory_per_environment(eneg: Loaded) -> None:
    totals = {key: sum(node.memory_mb for node in part.machines) // 1024 for key, part in eneg.site.environments.items()}
    assert totals == {"dev": 36, "test": 48, "prod": 72}


def test_load_per_host(eneg: Loaded) -> None:
    nodes = [machine for machine in eneg.site.machines.values() if machine.environment]
    for host in ("HOST1", "HOST2", "HOST3"):
        own = [node for node in nodes if node.hypervisor == host]
        assert len(own) == 3
        assert (sum(n.vcpus for n in own), sum(n.memory_mb for n in own) // 1024, sum(n.disk_gb for n in own)) == (18, 52, 1664)


@pytest.mark.parametrize(("env", "net"), [("dev", 180), ("test", 179), ("prod", 178)])
def test_nodes(eneg: Loaded, env: str, net: int) -> None:
    wanted = [(f"k8s-{env}-{n}.eneg.de", f"192.168.{net}.{n}", f"HOST{n - 20}") for n in (21, 22, 23)]
    assert [(node.fqdn, node.address, node.hypervisor) for node in eneg.site.environments[env].servers] == wanted


def test_management_machine(eneg: Loaded) -> None:
    machine = dataclasses.asdict(eneg.site.machines["k8s-mgmt-10"])
    wanted: dict[str, Any] = {
        "fqdn": "k8s-mgmt-10.eneg.de",
        "address": "192.168.180.10",
        "vcpus": 4,
        "memory_mb": 8192,
        "disk_gb": 100,
        "hypervisor": "HOST2",
        "datastore": "S2843_SSD_01_VMS",
        "folder": "eNeG-VM-Produktiv/k8s-mgmt-10",
        "hardware_version": 21,
        "adopt": True,
    }
    assert machine | wanted == machine


def test_hypervisors(eneg: Loaded) -> None:
    found = {key: (h.hostname, h.vcenter, h.version, h.max_hardware_version, list(h.datastores)) for key, h in eneg.site.hypervisors.items()}
    assert found == {
        "HOST1": ("s2842.eneg.de", "vcenter-b", "6.7.0", 14, ["S2842_D08-10_R5_SSD_K8s"]),
        "HOST2": ("s2843.eneg.de", "vcenter-a", "8.0.3", 21, ["S2843_SSD_01_VMS"]),
        "HOST3": ("s3168.eneg.de", "vcenter-a", "8.0.3", 21, ["S3168_SSD_01_VMS"]),
    }


def test_records_have_the_wildcard_for_prod_only(eneg: Loaded) -> None:
    stars = [record for record in eneg.site.records if "*" in record.name]
    assert stars == [Record("*.eneg.de", "A", "192.168.178.100")]
    assert Record("k8s-mgmt-10.eneg.de", "A", "192.168.180.10") in eneg.site.records
    assert Record("openproject-test.eneg.de", "A", "192.168.179.100") in eneg.site.records
    assert not [record for record in eneg.site.records if record.name.startswith("n8n")]
    assert len(eneg.site.records) == 11 + 2 * 3


def test_k3s_settings_follow_from_the_choice_of_calico(eneg: Loaded) -> None:
    k3s = eneg.site.environments["dev"].k3s
    assert k3s.version == "v1.35.0+k3s3"
    wanted = {"flannel-backend": "none", "disable-network-policy": True, "disable": ["traefik", "servicelb", "local-storage"], "secrets-encryption": True}
    assert k3s.config | wanted == k3s.config
    names = k3s.config["tls-san"]
    assert isinstance(names, list)
    assert {"k8s-dev-22", "k8s-dev-22.eneg.de", "192.168.180.22"} <= set(names)
    assert eneg.site.environments["dev"].adopt
    assert not eneg.site.environments["prod"].adopt


def test_nothing_is_invented_that_only_the_owner_can_say(eneg: Loaded) -> None:
    missing = {item.path: item.phase for item in eneg.missing}
    assert missing["vcenters.vcenter-b.hostname"] == "1"
    assert missing["environments.prod.vip"] == "2"
    assert missing["hypervisors.HOST1.datastores.S2842_D08-10_R5_SSD_K8s"] == "1"
    for_dev = {item.path for item in eneg.missing if item.needed_by("dev")}
    assert "vcenters.vcenter-a.port_groups.dev" in for_dev
    assert "vcenters.vcenter-a.port_groups.prod" not in for_dev
    assert not any("versions.lock.yml" in path for path in for_dev)
    assert any("versions.lock.yml" in item.path for item in eneg.missing if item.needed_by("prod"))


def test_everything_that_the_document_runs_is_there_or_explained(eneg: Loaded) -> None:
    text = (INVENTORIES.parent / "docs" / "sites" / "eneg.md").read_text("utf-8").lower()
    named = set(eneg.matrix.components) | set(eneg.matrix.applications)
    document = {"calico", "metallb", "traefik", "cert-manager", "cert-manager-webhook-ionos", "longhorn", "argocd", "cloudnative-pg", "mariadb-operator"}
    document |= {"kube-prometheus-stack", "thanos", "loki", "promtail", "kyverno", "falco", "trivy-operator", "keycloak", "velero", "vaultwarden", "n8n"}
    document |= {"openproject", "odoo", "nextcloud", "i-doit", "kixdesk", "papermerge", "gitea"}
    assert {name for name in document - named if name not in text} == set()
    assert document - named == {"thanos", "promtail"}


def test_versions_that_nobody_confirmed_are_the_owners_to_say(eneg: Loaded) -> None:
    missing = {item.path: item.phase for item in eneg.missing}
    assert missing["components.velero.version"] == "4"
    assert missing["applications.n8n.version"] == "6"
    assert missing["git.repository"] == "3"
    assert "git.recipients.prod" in {item.path for item in eneg.missing if item.needed_by("prod")}
    assert "git.recipients.prod" not in {item.path for item in eneg.missing if item.needed_by("dev")}
