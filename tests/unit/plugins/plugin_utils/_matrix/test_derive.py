# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Derivation: invariants over generated matrices, and what must not depend on how a matrix is written."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.derive import derive
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.flows import flows_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Site
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._matrix.fixtures import ROOT


def base() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((ROOT / "base.yml").read_text("utf-8"))
    return data


def site_of(data: dict[str, Any]) -> Site:
    return derive(Matrix.model_validate(data))


@given(st.integers(1, 200), st.integers(1, 50))
def test_names_and_addresses_are_unique_and_follow_the_numbers(first: int, count: int) -> None:
    data = base()
    data["environments"]["lab"]["nodes"] = [{"numbers": f"{first}-{first + count - 1}", "role": "agent"}, {"numbers": 251}]
    nodes = site_of(data).environments["lab"].machines
    assert len({node.name for node in nodes}) == len({node.address for node in nodes}) == count + 1
    assert all(node.name.endswith(f"-{node.number}") and node.address == f"192.0.2.{node.number}" for node in nodes)


@given(st.integers(21, 60), st.integers(1, 12))
def test_a_range_is_the_same_as_its_nodes_one_by_one(first: int, count: int) -> None:
    as_range, one_by_one = base(), base()
    hosts = ["ESX1", "ESX2", "ESX3"]
    as_range["environments"]["lab"]["nodes"] = [{"numbers": f"{first}-{first + count - 1}", "hosts": hosts}]
    one_by_one["environments"]["lab"]["nodes"] = [{"numbers": first + i, "hosts": [hosts[i % 3]]} for i in range(count)]
    assert site_of(as_range) == site_of(one_by_one)


@given(st.permutations(["vcenters", "hypervisors", "networks", "sizes", "k3s", "environments", "machines", "backup", "placement", "site", "schema_version"]))
def test_the_order_of_sections_means_nothing(order: list[str]) -> None:
    data = base()
    assert site_of({key: data[key] for key in order}) == site_of(data)


def test_an_environment_changes_only_what_it_says() -> None:
    data = base()
    data["k3s"] |= {"cni": "calico", "disable": ["traefik"]}
    data["environments"]["live"]["k3s"] = {"version": "v1.36.0+k3s1"}
    site = site_of(data)
    lab, live = site.environments["lab"].k3s, site.environments["live"].k3s
    assert (lab.version, live.version) == ("v1.35.0+k3s3", "v1.36.0+k3s1")
    assert live.config["flannel-backend"] == lab.config["flannel-backend"] == "none"
    assert live.config["disable"] == ["traefik"]


def test_virtual_address_is_in_the_certificate_and_in_the_kubeconfig() -> None:
    lab = site_of(base()).environments["lab"]
    names = lab.k3s.config["tls-san"]
    assert isinstance(names, list)
    assert "192.0.2.20" in names
    assert lab.api_host == "192.0.2.20"
    assert site_of(base()).environments["live"].api_host == "k8s-live-21.example.org"


def test_folders_are_below_the_vcenters() -> None:
    data = base()
    data["vcenters"]["vc"]["folder"] = "Kubernetes"
    site = site_of(data)
    assert site.machines["k8s-lab-21"].folder == "Kubernetes/lab"
    assert site.machines["bastion"].folder == "Kubernetes"


@pytest.mark.parametrize(("cni", "port"), [("calico", "4789/udp"), ("flannel", "8472/udp")])
def test_flows_open_the_ports_of_the_pod_network(cni: str, port: str) -> None:
    data = base()
    data["k3s"]["cni"] = cni
    matrix = Matrix.model_validate(data)
    flows = list(flows_of(matrix, derive(matrix).environments["lab"]))
    assert [flow.ports for flow in flows if (flow.source, flow.target) == ("servers", "servers")] == [("2379-2380/tcp",), ("112/ip",)]
    assert any(port in flow.ports for flow in flows if (flow.source, flow.target) == ("nodes", "nodes"))
