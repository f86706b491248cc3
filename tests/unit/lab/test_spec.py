# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Specification of a twin, from a real site and back through JSON."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Site

from lab.twin import bare, rehearsal, site_spec
from lab.twin.paths import CHECKOUT, TwinPaths
from lab.twin.spec import TwinSpec


@pytest.fixture(scope="module")
def eneg(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The eNeG site under the twin's overlay."""
    paths = TwinPaths(tmp_path_factory.mktemp("twin"))
    paths.lock_file.write_bytes((CHECKOUT / "inventories/versions.lock.yml").read_bytes())
    rehearsal.write_overlay(paths, "ssh-ed25519 AAAA twin", "age1")
    return load_matrix(CHECKOUT / "inventories/matrix.yml", [paths.overlay]).site


@pytest.fixture
def spec(eneg: Site) -> TwinSpec:
    return site_spec.twin_of(eneg, ["dev"], "dev", guest="/guest", simulator="/vcsim", object_store="/s3")


def test_the_overlay_leaves_no_owner_input_open_that_a_rehearsal_needs(tmp_path: Path) -> None:
    paths = TwinPaths(tmp_path)
    paths.lock_file.write_text(rehearsal.lock_text([("v1.35.0+k3s3", name, "0" * 64) for name in ("k3s", "k3s-airgap-images-amd64.tar.zst")]))
    rehearsal.write_overlay(paths, "ssh-ed25519 AAAA twin", "age1")
    missing = load_matrix(CHECKOUT / "inventories/matrix.yml", [paths.overlay]).missing
    gitops = {"3", "4", "5", "6"}  # a rehearsal runs no components and no databases yet
    # Which machine a drill may wipe, and who may promote, is nobody else's to say.
    assert [item.path for item in missing if item.phase not in gitops] == ["backup.drill", "promotion.signers"]


def test_json_gives_the_same_twin_back(spec: TwinSpec) -> None:
    assert TwinSpec.from_json(spec.to_json()) == spec
    assert TwinSpec.from_json(bare.spec("b", 3, "/guest", 512).to_json()) == bare.spec("b", 3, "/guest", 512)


def test_only_the_wanted_networks_and_every_vcenter(spec: TwinSpec, eneg: Site) -> None:
    assert [network.key for network in spec.networks] == ["dev"]
    assert {vcenter.key for vcenter in spec.vcenters} == set(eneg.vcenters)
    assert spec.management == "192.168.180.10"


def test_every_host_of_the_matrix_is_in_its_own_vcenter(spec: TwinSpec, eneg: Site) -> None:
    simulated = {(v.key, host["name"]) for v in spec.vcenters for host in v.simulator["hosts"]}
    assert simulated == {(h.vcenter, h.hostname) for h in eneg.hypervisors.values()}


def test_the_template_fits_the_oldest_host_of_its_vcenter(spec: TwinSpec) -> None:
    for vcenter in spec.vcenters:
        assert vcenter.simulator["template"]["hardware_version"] <= min(h["max_hardware_version"] for h in vcenter.simulator["hosts"])


def test_every_folder_that_a_machine_needs_exists(spec: TwinSpec, eneg: Site) -> None:
    folders = {v.key: set(v.simulator["folders"]) for v in spec.vcenters}
    assert all(machine.folder in folders[machine.vcenter] for machine in eneg.machines.values())


def test_names_of_all_machines_vcenters_and_the_mirror_resolve_to_addresses_in_the_twin(spec: TwinSpec, eneg: Site) -> None:
    records = {record.name: record.value for record in spec.records}
    assert all(records[machine.fqdn] == machine.address for machine in eneg.machines.values())
    for vcenter in spec.vcenters:
        assert records[vcenter.hostname] == vcenter.address
        assert vcenter.address in spec.services
    assert records["mirror.eneg.de"] == spec.mirror


def test_service_addresses_collide_with_no_network_of_the_site(spec: TwinSpec, eneg: Site) -> None:
    dns = {server for network in eneg.networks.values() for server in network.dns_servers}
    invented = [ipaddress.ip_address(a) for a in spec.services if a not in dns]
    assert len(invented) == len(set(invented)) == 2 + len(spec.vcenters)
    assert not [a for a in invented for network in eneg.networks.values() if a in network.cidr]


def test_a_vm_is_plugged_in_by_port_group_then_by_the_matrix_then_into_the_first_network(eneg: Site) -> None:
    spec = site_spec.twin_of(eneg, ["dev", "test"], "both", guest="/g", simulator="/v", object_store="/s")
    assert spec.network_of("k8s-dev-21", ["VLAN test"]).key == "test"
    assert spec.network_of("k8s-test-21", []).key == "test"
    assert spec.network_of("foreign", ["unknown"]).key == "dev"


def test_passwords_are_not_in_the_specification(spec: TwinSpec) -> None:
    assert "password" not in spec.to_json()


def test_another_template_is_another_twin(spec: TwinSpec) -> None:
    assert replace(spec, guest="/other").to_json() != spec.to_json()


def test_a_host_that_is_installed_anew_is_in_one_vcenter_only(spec: TwinSpec, eneg: Site) -> None:
    moved = replace(eneg.hypervisors["HOST1"], vcenter="vcenter-a", version="8.0.3", max_hardware_version=21)
    after = spec.with_host("vcenter-a", site_spec.host_spec(moved))
    hosts = {v.key: {host["name"]: host["version"] for host in v.simulator["hosts"]} for v in after.vcenters}
    assert hosts == {"vcenter-a": {"s2843.eneg.de": "8.0.3", "s3168.eneg.de": "8.0.3", "s2842.eneg.de": "8.0.3"}, "vcenter-b": {}}
    assert after.with_host("vcenter-a", site_spec.host_spec(moved)) == after
