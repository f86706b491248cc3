# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts in a cluster with DRS: it is told to keep servers apart and where they are, before they are started, and only once."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from tests.integration.vsphere.simulated import done
from tests.integration.vsphere.site import Site


@pytest.fixture
def clustered(site: Site) -> Site:
    """The two hosts of vcenter-a are one cluster."""
    site.a.stop()
    for host in site.a.spec["hosts"]:
        host["cluster"] = "compute"
    site.a.start()
    site.arguments["vms"] = [vm for vm in site.arguments["vms"] if vm["env"] == "dev"]
    return site


def configuration(site: Site) -> Any:
    return site.a.find(vim.ClusterComputeResource, "compute").configurationEx


def test_machines_are_kept_apart_and_in_place(clustered: Site) -> None:
    planned = clustered.ok(state="planned")
    assert [(change["rule"], change["apart"], change["stay"]) for change in planned["drs"]] == [
        ("groundwork dev", ["k8s-dev-21", "k8s-dev-22"], []),
        ("", [], ["k8s-dev-21", "k8s-dev-22"]),
    ]
    clustered.ok(expected_plan_id=planned["plan_id"])
    machines = clustered.machines()
    assert machines["k8s-dev-21"].runtime.host.name == "s2843.example.test"
    assert machines["k8s-dev-22"].runtime.host.name == "s3168.example.test"
    (rule,) = configuration(clustered).rule
    assert isinstance(rule, vim.cluster.AntiAffinityRuleSpec)
    assert (rule.name, rule.enabled, rule.mandatory) == ("groundwork dev", True, True)
    ours = {machines[name]._moId for name in ("k8s-dev-21", "k8s-dev-22")}
    assert {machine._moId for machine in rule.vm} == ours
    assert {item.key._moId: item.enabled for item in configuration(clustered).drsVmConfig} == dict.fromkeys(ours, False)
    before = clustered.mutations()
    assert not clustered.ok()["changed"]
    assert clustered.mutations() == before


def test_a_rule_that_somebody_has_switched_off_is_put_back(clustered: Site) -> None:
    clustered.ok()
    cluster = clustered.a.find(vim.ClusterComputeResource, "compute")
    rule = cluster.configurationEx.rule[0]
    rule.enabled = False
    spec = vim.cluster.ConfigSpecEx(rulesSpec=[vim.cluster.RuleSpec(operation="edit", info=rule)])
    done(cluster.ReconfigureComputeResource_Task(spec, modify=True))
    assert "P-VERIFIED" in clustered.refused(state="verified")
    result = clustered.ok()
    assert result["changed"]
    assert result["outcomes"] == {}
    (rule,) = configuration(clustered).rule
    assert (rule.enabled, len(rule.vm)) == (True, 2)


def test_a_cluster_that_may_not_be_changed_stops_the_run_beforehand(clustered: Site) -> None:
    clustered.a.control(set="privilege", object="compute", missing="Host.Inventory.EditCluster")
    assert clustered.refused() == ["V-PRIVILEGE"]


def test_nothing_is_started_when_drs_cannot_be_told(clustered: Site) -> None:
    clustered.a.control(set="fault", method="ReconfigureComputeResource_Task", object="compute", times=1)
    result = clustered.run()
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("A-DRS", "compute")]
    assert {name: vm.runtime.powerState for name, vm in clustered.a.machines().items()} == {"k8s-dev-21": "poweredOff", "k8s-dev-22": "poweredOff"}
    clustered.ok()
    assert len(configuration(clustered).rule) == 1
