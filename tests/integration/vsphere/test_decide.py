# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines whose host the site leaves open: the module decides, creates them there, and afterwards finds nothing to do."""

from __future__ import annotations

from tests.integration.vsphere.site import Site

OPEN = {"host": "", "datastore": "", "hardware_version": 14}


def test_nine_machines_are_laid_out_and_stay(site: Site) -> None:
    for vm in site.arguments["vms"]:
        vm.update(OPEN)
    site.arguments["policy"]["layout"] = "aligned"
    planned = site.ok(state="planned")
    places = {entry["vm"]: entry["host"] for entry in planned["plan"]}
    assert places == {vm["name"]: f"HOST{vm['number'] - 20}" for vm in site.arguments["vms"]}
    assert planned["optimality"]["proven"]
    site.ok(expected_plan_id=planned["plan_id"])
    second = site.ok()
    assert not second["changed"]
    assert {entry["vm"]: (entry["action"], entry["host"], entry["drift"]) for entry in second["plan"]} == {
        name: ("keep", host, []) for name, host in places.items()
    }


def test_no_host_is_left_for_a_fourth_server(empty_site: Site) -> None:
    """Three hosts, four servers: refused with what stands against each host and what contradicts each other."""
    site = empty_site
    fourth = site.vm("k8s-dev-21") | OPEN | {"name": "k8s-dev-24", "number": 24}
    site.arguments["vms"] = [vm | OPEN for vm in site.arguments["vms"] if vm["env"] == "dev"] + [fourth]
    assert site.refused() == ["P-NO-PLACE"]
    result = site.run()
    blocked = next(entry["vm"] for entry in result["plan"] if entry["action"] == "blocked")
    against = result["explain"][blocked]
    assert sorted(against) == ["HOST1", "HOST2", "HOST3"]
    assert {reason["code"] for reasons in against.values() for reason in reasons} == {"C3"}
    assert result["conflict"]["minimal"]
    assert "letting servers of dev share a failure domain" in result["conflict"]["helps"]


def test_a_server_that_this_run_does_not_want_keeps_others_of_its_environment_away(site: Site) -> None:
    """Left out by a limit, or dropped from the matrix: its marker says what it is."""
    everything = site.arguments["vms"]
    site.arguments["vms"] = [site.vm("k8s-dev-21")]
    site.ok()
    fourth = everything[0] | OPEN | {"name": "k8s-dev-24", "number": 24, "allow_hosts": ["HOST1", "HOST2"]}
    site.arguments["vms"] = [fourth]
    result = site.ok(state="planned")
    assert [entry["host"] for entry in result["plan"]] == ["HOST2"]
    against = result["explain"]["k8s-dev-24"]["HOST1"]
    assert [(reason["code"], "k8s-dev-21 of dev" in reason["reason"]) for reason in against] == [("C3", True)]


def test_a_host_without_the_network_is_left_out(empty_site: Site) -> None:
    site = empty_site
    site.arguments["vms"] = [site.vm("k8s-dev-21") | OPEN | {"networks": ["VLAN180"], "deny_hosts": ["HOST1"], "allow_hosts": ["HOST1", "HOST3"]}]
    result = site.ok(state="planned")
    assert result["plan"][0]["host"] == "HOST3"
    assert [reason["code"] for reason in result["explain"]["k8s-dev-21"]["HOST2"]] == ["C10"]
