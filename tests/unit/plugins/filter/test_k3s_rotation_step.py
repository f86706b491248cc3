# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From looks to the next step of a rotation."""

from __future__ import annotations

import dataclasses
from typing import Any

from ansible_collections.groundwork.platform.plugins.filter.k3s_rotation_step import FilterModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.certificates import Certificate
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.encryption import Encryption
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, to_dict

from tests.unit.plugins.module_utils._k3s.k3s_model import Cluster

STEP = FilterModule().filters()["k3s_rotation_step"]
KEPT = FilterModule().filters()["k3s_kept_certificates"]
ADMIN = "/var/lib/rancher/k3s/server/tls/client-admin.crt"
SCHEDULER = "/var/lib/rancher/k3s/server/tls/client-scheduler.crt"


def results(looks: dict[str, Observation]) -> dict[str, dict[str, Any] | None]:
    return {name: to_dict(seen) for name, seen in looks.items()}


def test_servers_token() -> None:
    looks = results(Cluster.healthy(3, "o" * 40, "a" * 40).look())
    assert STEP(looks)["action"] == "done"
    assert STEP(looks, begin=True) == {"action": "rotate", "host": "node-1", "via": None, "reason": "every server is settled and healthy"}
    assert "node-3 was not reached" in STEP({**looks, "node-3": {}}, begin=True)["reason"]


def test_agents_token() -> None:
    cluster = Cluster.healthy(3, "s" * 40, "o" * 40)
    assert STEP(results(cluster.look()), results(cluster.look_at_agents()), "agent", begin=True)["action"] == "new"
    cluster.servers["node-2"].config["node"] = "n" * 40
    assert STEP(results(cluster.look()), {}, "agent")["action"] == "restart"
    assert STEP(results(cluster.look()), {}, "agent", change=False)["action"] == "write"


def with_certificates(made: dict[str, float], serial: str = "1") -> dict[str, dict[str, Any] | None]:
    """Three healthy servers that hold these certificates, as they come back from a host: plain data."""
    looks = Cluster.healthy(3, "s" * 40, "a" * 40).look()
    found = tuple(Certificate(path, "CN=x", serial, moment, moment + 1) for path, moment in made.items())
    return results({name: dataclasses.replace(seen, certificates=found) for name, seen in looks.items()})


def test_certificates_and_the_administrators_alone() -> None:
    looks = with_certificates({ADMIN: 200, SCHEDULER: 50})
    assert STEP(looks, {}, "certificates", since=100.0)["action"] == "renew"
    assert STEP(looks, {}, "kubeconfig", since=100.0)["action"] == "done"
    again = with_certificates({ADMIN: 200, SCHEDULER: 50}, serial="2")
    assert KEPT(again["node-1"], looks["node-1"], "certificates") == []
    assert KEPT(looks["node-1"], looks["node-1"], "certificates") == [ADMIN, SCHEDULER]
    assert KEPT(looks["node-1"], looks["node-1"], "kubeconfig") == [ADMIN]


def test_encryption_keys() -> None:
    looks = Cluster.healthy(3, "s" * 40, "a" * 40).look()
    held = Encryption(enabled=True, key="aescbckey", digest="d", announced="start-d")
    assert (
        STEP(results({name: dataclasses.replace(seen, encryption=held) for name, seen in looks.items()}), {}, "encryption-keys", since=1.0)["action"]
        == "rotate"
    )
    assert "does not encrypt Secrets" in STEP(results(looks), {}, "encryption-keys", since=1.0)["reason"]


def test_cas() -> None:
    looks = Cluster.healthy(3, "s" * 40, "a" * 40).look()
    step = STEP(results(looks), {}, "ca", wanted={"server-ca.crt": "0"})
    assert (step["action"], step["host"]) == ("rotate", "node-1")
