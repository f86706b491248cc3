# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told about a decision: lines that one reads in ten seconds, and values that JSON can hold."""

from __future__ import annotations

import json

from ansible_collections.groundwork.platform.plugins.module_utils._placement.assessment import assess, result
from ansible_collections.groundwork.platform.plugins.module_utils._placement.assessment_text import lines
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import GB, Policy, WantedVM

from tests.unit.plugins.module_utils._placement.sites import Site, anywhere, machine, wanted


def environments(*names: str, **changes: int) -> list[WantedVM]:
    return [anywhere(number, name=f"{env}-{number}", env=env, disk_gb=100, **changes) for env in names for number in (1, 2, 3)]


def of(site: Site) -> list[str]:
    return lines(assess(decide(site.estate())))


def test_three_hosts_in_ten_seconds() -> None:
    site = Site(vms=environments("dev", "prod", "test"), policy=Policy(layout="aligned"))
    assert of(site) == [
        "HOST   CPU        RAM        DATASTORE",
        "HOST1  0 -> 18 %  0 -> 38 %  S1 0 -> 46 %",
        "HOST2  0 -> 18 %  0 -> 38 %  S2 0 -> 46 %",
        "HOST3  0 -> 18 %  0 -> 38 %  S3 0 -> 46 %",
        "The fullest host or datastore is at 46.6 %, proven to be the lowest possible.",
        "If HOST1 is lost: majority kept in dev (2 of 3), prod (2 of 3), test (2 of 3).",
        "  could live nowhere else: dev-1, prod-1, test-1 (HOST2 C3; HOST3 C3)",
        "If HOST2 is lost: majority kept in dev (2 of 3), prod (2 of 3), test (2 of 3).",
        "  could live nowhere else: dev-2, prod-2, test-2 (HOST1 C3; HOST3 C3)",
        "If HOST3 is lost: majority kept in dev (2 of 3), prod (2 of 3), test (2 of 3).",
        "  could live nowhere else: dev-3, prod-3, test-3 (HOST1 C3; HOST2 C3)",
    ]


def test_a_lost_majority_is_shouted() -> None:
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)])
    site.add(machine(wanted(1), "a", "host-1"), machine(wanted(2, datastore="S1"), "a", "host-1"))
    assert "If HOST1 is lost: NO majority in dev (1 of 3)." in of(site)


def test_a_contradiction_and_the_change_that_helps() -> None:
    site = Site(vms=environments("dev"))
    site.change_store("S1", free=281 * GB)
    told = of(site)
    assert "1 without a place, proven: there is none." in told
    assert "These contradict each other, and none can be spared:" in told
    assert "  C3 dev: its servers do not share a failure domain" in told
    assert told[-1] == "The smallest change that helps: 1 more GB of space on a:S1."


def test_the_result_is_json_and_complete() -> None:
    values = json.loads(json.dumps(result(assess(decide(Site(vms=environments("dev")).estate())))))
    assert set(values) == {"optimality", "utilisation", "explain", "conflict", "n_plus_1"}
    assert values["optimality"]["proven"] is True
    assert values["utilisation"]["HOST1"]["vcpus"] == {"before": 0, "after": 8, "limit": 128}
    assert values["utilisation"]["HOST1"]["S1"] == {"before": 0, "after": 132, "limit": 850}
    assert {vm: sum(not reasons for reasons in hosts.values()) for vm, hosts in values["explain"].items()} == {"dev-1": 1, "dev-2": 1, "dev-3": 1}
    assert values["conflict"] == {}
    assert {host: loss["quorum"]["dev"] for host, loss in values["n_plus_1"].items()} == {
        host: {"left": 2, "of": 3, "kept": True} for host in ("HOST1", "HOST2", "HOST3")
    }


def test_what_is_asked_for_is_explained_beyond_a_hundred_machines_too() -> None:
    site = Site(vms=[anywhere(1, name=f"more-{number}", env=f"e{number}", vcpus=1, memory_mb=64, disk_gb=20) for number in range(101)])
    site.vms.append(anywhere(1))
    site.add(machine(wanted(1), "a", "host-1"))
    assessment = assess(decide(site.estate()))
    assert result(assessment)["explain"] == {}
    asked = result(assessment, ["more-7", "node-1", "nobody"])["explain"]
    assert {vm: sorted(hosts) for vm, hosts in asked.items()} == {name: ["HOST1", "HOST2", "HOST3"] for name in ("more-7", "node-1")}
    assert asked["node-1"]["HOST2"][0]["code"] == "C11"


def test_a_site_whose_vcenter_is_down_is_told_without_it() -> None:
    site = Site(vms=environments("dev"))
    del site.snapshots["old"]
    values = result(assess(decide(site.estate())))
    assert set(values["utilisation"]) == {"HOST1", "HOST2"}
    assert {reason["code"] for hosts in values["explain"].values() for reasons in hosts.values() for reason in reasons} >= {"C2"}
    assert (values["conflict"], values["n_plus_1"], values["optimality"]["proven"]) == ({}, {}, False)
    assert of(site)[-1].startswith("old cannot be read: what is there is unknown.")
    assert not [line for line in of(site) if "proven" in line or "helps" in line or "lost" in line]


def test_losses_are_not_judged_by_half_of_the_machines() -> None:
    """All that is wanted is found in one vCenter; what the other holds of these environments is unknown."""
    site = Site(vms=[anywhere(1), anywhere(2)])
    site.add(machine(wanted(1), "a", "host-1"), machine(wanted(2), "a", "host-2"))
    del site.snapshots["old"]
    assert result(assess(decide(site.estate())))["n_plus_1"] == {}


def test_what_would_help_is_not_claimed_without_a_search() -> None:
    site = Site(vms=[anywhere(number) for number in (1, 2, 3, 4)])
    site.vms += [anywhere(1, name=f"more-{number}", env=f"e{number}", vcpus=1, memory_mb=64, disk_gb=20) for number in range(60)]
    assert "These contradict each other, and none can be spared:" in of(site)
    assert of(site)[-1] == "What would help was not searched: more than 60 machines need a decision."
