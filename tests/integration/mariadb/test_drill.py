# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.yml of MariaDB against a real API server; the tests play mariadb-operator."""

from __future__ import annotations

import functools

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP, SCRATCH
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import at, name_of

from tests.integration.mariadb.conftest import CHECKS, clusters
from tests.support.api_site import Site
from tests.support.mariadb_double import Operator

#: Each of them plays drill.yml several times.
pytestmark = pytest.mark.long
DRILL = ("drill", "--tags", "mariadb")
#: What there is of a trial one after the other; while the first is there, the second and third are made, and afterwards it goes.
STAGES = (("MariaDB", "shop-trial"), ("Restore", "shop-trial-restore"), ("SqlJob", "shop-trial-check-0"))
POINTS = ("Prove the dump", "Hold it against the matrix", "Write the report", "Write the page", "Tell the cluster what was proven")


def test_a_drill_is_a_proof_until_one_fails(dumped: Site, operator: Operator) -> None:
    asked = clusters(dumped.namespace, CHECKS)
    done = dumped.play(*DRILL, more=asked)
    assert done.status == 0, done.tail
    assert "Proven: mariadb" in done.said
    (report,) = dumped.reports("mariadb")
    assert (report["source"], report["problems"], report["rpo_seconds"] is not None) == ("shop", [], True)
    proof = dumped.proof("mariadb")
    assert proof is not None
    operator.ends = {"SqlJob": "JobFailed"}
    done = dumped.play(*DRILL, more=asked)
    assert done.status != 0
    assert "shop: SqlJob shop-trial-check-0" in done.said
    assert dumped.proof("mariadb") == proof, "a failure renews no proof"
    assert not dumped.has(GROUP, "MariaDB", "shop-trial")


def test_a_drill_that_is_interrupted_anywhere_is_cleaned_up_by_the_next(dumped: Site) -> None:
    """Eight times in a row. What one leaves has the trial's name, and its server the label that the guide names; the next one removes it first."""
    for kind, name in STAGES:
        stopped = dumped.play(*DRILL, kill_when=functools.partial(dumped.has, GROUP, kind, name))
        assert stopped.status < 0, f"it ended before there was a {kind}: {stopped.tail}"
        assert at(dumped.get(GROUP, "MariaDB", "shop-trial"), "metadata", "labels", SCRATCH) == "true"
    for point in POINTS:
        stopped = dumped.play(*DRILL, kill_at=point)
        assert stopped.status < 0, f"it ended before {point}: {stopped.tail}"
        assert left(dumped) - {("MariaDB", "shop-trial"), *STAGES} == set()
    done = dumped.play(*DRILL)
    assert done.status == 0, done.tail
    assert left(dumped) == set()
    assert dumped.proof("mariadb") is not None


def left(site: Site) -> set[tuple[str, str]]:
    """What there is beside the cluster and its dump; all of it has the label."""
    kube = site.api.kube()
    found = {(kind, name_of(thing)): thing for kind in ("MariaDB", "Restore", "SqlJob") for thing in kube.objects(GROUP, kind, site.namespace)}
    del found["MariaDB", "shop"]
    claims = kube.objects("v1", "PersistentVolumeClaim", site.namespace, "app.kubernetes.io/instance=shop-trial")
    assert {at(thing, "metadata", "labels", SCRATCH) for thing in [*found.values(), *claims]} <= {"true"}
    return set(found)
