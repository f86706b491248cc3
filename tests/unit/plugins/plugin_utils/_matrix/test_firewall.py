# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is let in to a node, and from which addresses."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.derive import derive
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.firewall import GROUPS, Opening, openings
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.flows import flows_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix

from tests.unit.plugins.plugin_utils._matrix.fixtures import ROOT

BASE = yaml.safe_load((ROOT / "base.yml").read_text("utf-8"))
SERVERS = ("192.0.2.21", "192.0.2.22", "192.0.2.23")


def opened(role: str, environment: str = "lab", **changes: Any) -> list[Opening]:
    matrix = Matrix.model_validate(copy.deepcopy(BASE) | changes)
    site = derive(matrix)
    found = site.environments[environment]
    return list(openings(site, found, role, flows_of(matrix, found)))


def sources_of(port: str, found: list[Opening]) -> list[tuple[str, ...]]:
    return [opening.sources for opening in found if port in opening.ports]


def test_etcd_is_for_the_environments_own_servers_and_on_servers_only() -> None:
    assert sources_of("2379-2380/tcp", opened("server")) == [SERVERS]
    assert sources_of("2379-2380/tcp", opened("agent")) == []
    assert not set(SERVERS) & {a for opening in opened("server", "live") for a in opening.sources}


def test_ssh_and_the_api_are_for_management_machines() -> None:
    bastion = derive(Matrix.model_validate(BASE)).machines["bastion"].address
    assert sources_of("22/tcp", opened("server")) == [(bastion,)]
    assert (bastion,) in sources_of("6443/tcp", opened("server"))
    assert (bastion,) not in sources_of("6443/tcp", opened("agent"))
    assert sources_of("22/tcp", opened("server", machines={})) == [()], "without any, the machine that runs Ansible may be anywhere"


def test_pods_reach_the_api_and_kubelets() -> None:
    assert ("10.42.0.0/16",) in sources_of("6443/tcp", opened("server"))
    assert ("10.42.0.0/16",) in sources_of("10250/tcp", opened("agent"))
    assert ("10.42.0.0/16",) not in sources_of("6443/tcp", opened("agent"))


@pytest.mark.parametrize(("source", "sources"), [("users", ()), ("dns", ("203.0.113.53",)), ("servers", SERVERS), ("pods", ("10.42.0.0/16",))])
@pytest.mark.parametrize("role", GROUPS)
def test_a_flow_of_the_matrix_opens_its_port(role: str, source: str, sources: tuple[str, ...]) -> None:
    flow = {"source": source, "target": "nodes", "ports": ["9100/tcp"], "why": "metrics"}
    assert sources_of("9100/tcp", opened(role, flows=[flow])) == [sources]


def test_a_group_without_machines_opens_nothing() -> None:
    """An empty list of sources means anybody: a flow from nobody must not become one."""
    flow = {"source": "agents", "target": "nodes", "ports": ["9100/tcp"], "why": "metrics"}
    assert sources_of("9100/tcp", opened("server", flows=[flow])) == []


def test_what_ends_elsewhere_opens_nothing() -> None:
    flow = {"source": "nodes", "target": "management", "ports": ["9100/tcp"], "why": "metrics"}
    assert sources_of("9100/tcp", opened("server", flows=[flow])) == []


@pytest.mark.parametrize("role", GROUPS)
def test_only_users_may_come_from_anywhere(role: str) -> None:
    assert all(opening.sources for opening in opened(role))
