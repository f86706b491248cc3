# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters' own part: results of a loop in, plain data out."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.filter.k3s_config_drift import k3s_config_drift
from ansible_collections.groundwork.platform.plugins.filter.k3s_next_step import k3s_next_step
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, to_dict


def look(name: str) -> dict[str, object]:
    return {"item": {"name": name, "address": "192.0.2.1"}, "k3s": to_dict(Observation(node_name=name, architecture="amd64")), "changed": False}


def test_unreachable_server_counts_as_not_seen() -> None:
    away = {"item": {"name": "node-2"}, "unreachable": True, "msg": "no route to host"}
    step = k3s_next_step([look("node-1"), away, look("node-3")], "node-1")
    assert step["action"] == "refuse"
    assert "node-2" in step["reason"]
    assert k3s_next_step([look("node-1")], "node-1")["action"] == "found"


def test_drift_names_keys_and_hides_secrets() -> None:
    present = {"token": "verysecret", "cluster-cidr": "10.0.0.0/16", "tls-san": ["a"]}
    wanted = {"tls-san": ["a"], "cluster-cidr": "10.42.0.0/16", "token-file": "/x"}
    assert k3s_config_drift(present, wanted) == [
        "cluster-cidr is '10.0.0.0/16', the matrix says '10.42.0.0/16'",
        "token is (secret), the matrix does not set it",
        "token-file is not set, the matrix says '/x'",
    ]
