# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan in words."""

from __future__ import annotations

import dataclasses

from ansible_collections.groundwork.platform.plugins.module_utils._placement import report

from tests.unit.plugins.module_utils._placement.sites import HOSTS, Site, machine, wanted


def mixed() -> Site:
    """Node 1 is there and smaller, node 2 is off, node 3 is missing."""
    site = Site()
    site.add(machine(wanted(1), "a", "host-1", vcpus=4), machine(wanted(2), "a", "host-2", powered_on=False))
    return site


def test_the_table_has_a_line_per_machine_and_says_what_happens() -> None:
    lines = report.table(mixed().plan())
    assert [line.split()[0] for line in lines] == ["VM", "node-1", "node-2", "node-3"]
    assert lines[1].endswith("= keep, is there; differs in vCPUs: 4, wanted 8")
    assert lines[2].endswith("~ power_on, is ours and powered off")
    assert lines[3].endswith("+ create, does not exist")
    assert len({line.index("HOST") for line in lines}) == 1, "columns are aligned"


def test_the_diff_shows_only_what_an_apply_changes() -> None:
    diff = report.diff(mixed().plan())
    before, after = diff["before"].splitlines(), diff["after"].splitlines()
    assert len(before) == 2
    assert len(after) == 3
    assert before[0] == after[0]
    assert (before[1].rpartition(": ")[2], after[1].rpartition(": ")[2]) == ("off", "on")


def test_warnings_for_drift_and_for_hosts_smaller_than_the_site_says() -> None:
    site = mixed()
    assert report.drift_warnings(site.plan()) == ["node-1 differs from the matrix and is left as it is: vCPUs: 4, wanted 8"]
    expecting = [dataclasses.replace(HOSTS[0], cores=33), dataclasses.replace(HOSTS[1], cores=32, memory_mb=262144)]
    assert report.host_warnings(expecting, site.snapshots) == ["host s1.example.test has 32 cores and 262144 MB, the matrix says 33 cores and 0 MB"]


def test_the_last_line_says_what_happened_and_what_to_do() -> None:
    problems = Site(vms=[wanted(1, host="HOST9"), wanted(2, vcpus=65)]).plan().problems
    assert report.problems_text(problems).splitlines()[-1] == "2 problems. Nothing was changed. Correct what is named above, then run again."
    assert "further run continues" in report.problems_text(problems[:1], nothing_changed=False)


def test_the_summary_counts() -> None:
    assert report.summary(mixed().plan()) == "3 machines: 1 to create, 1 to power on, 1 as wanted."
    assert report.summary(Site(vms=[]).plan()) == "0 machines: none."
