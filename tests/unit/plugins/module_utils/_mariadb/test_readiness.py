# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for this change: truth tables over the object, its StatefulSet, its pods and its volumes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.observe import Observed
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.readiness import TROUBLES, Wish, judge
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import FAILED, READY, WAIT
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._mariadb.clusters import SPEC, claim, mariadb, pod, seen, workload

WELL = seen()
PODS = [pod(0), pod(1)]


def wish(**own: Any) -> Wish:
    return Wish(overlaid(SPEC, own))


@pytest.mark.parametrize(
    ("look", "wanted", "state", "said"),
    [
        (WELL, wish(), READY, ""),
        # the status is older than the spec: everything says Ready, the evidence does not
        (WELL, wish(replicas=5), WAIT, "StatefulSet is that of 3 members"),
        (WELL, wish(image="mariadb:11.8.4"), WAIT, "runs mariadb:11.8.3"),
        (WELL, wish(storage={"size": "20Gi"}), WAIT, "10Gi of 20Gi"),
        (WELL, wish(resources={"limits": {"memory": "2Gi"}}), WAIT, "other resources"),
        (seen(work=workload(generation=5)), wish(), WAIT, "has not been looked at"),
        (seen(work=workload(revision="newer")), wish(), WAIT, "older revision"),
        (seen(work={}), wish(), WAIT, "0 members"),
        (seen(pods=[*PODS, pod(2, revision="old")]), wish(), WAIT, "shop-2 is of an older revision"),
        (seen(pods=[*PODS, pod(2, ready=False)]), wish(), WAIT, "shop-2 is not ready"),
        (seen(pods=[*PODS, pod(2, deletionTimestamp="t")]), wish(), WAIT, "2 of 3 members have pods"),
        (seen(pods=[*PODS, pod(2, ready=False, waiting="CrashLoopBackOff")]), wish(), WAIT, "CrashLoopBackOff"),
        (seen(pods=[*PODS, pod(2, ready=False, waiting="ImagePullBackOff")]), wish(), FAILED, "shop-2: ImagePullBackOff: why"),
        (seen(claims=[claim(0), claim(1), claim(2, phase="Pending")]), wish(), WAIT, "storage-shop-2 is not bound"),
        (seen(claims=[claim(0), claim(1), claim(2), claim(0, "100Mi", kind="galera")]), wish(), READY, ""),
        (seen(claims=[claim(0), claim(1), claim(2), claim(3, "5Gi")]), wish(), READY, ""),
        (WELL, Wish(SPEC, primary=1), WAIT, "member 1 is not primary"),
        (WELL, Wish(SPEC, primary=0), READY, ""),
        (seen(mariadb(states={"GaleraReady": "False"})), wish(), WAIT, "Galera is not ready"),
        (seen(mariadb(states={"Ready": ("False", "Failed", "Error reconciling Secret")})), wish(), WAIT, "Failed: Error reconciling Secret"),
        (seen(mariadb(states={"Ready": ("True", "PendingUpdate", "Pending update")})), wish(), WAIT, "Pending update"),
        (seen(mariadb(states={"Initialized": ("False", "InitError", "no such backup")})), wish(), FAILED, "InitError: no such backup"),
        (seen(mariadb(states={"Ready": ("False", "Suspended", "Suspended")})), wish(), FAILED, "Suspended"),
        (seen({**mariadb(), "status": {}}), wish(), WAIT, "has not formed yet"),
    ],
)
def test_one_look(look: Observed, wanted: Wish, state: str, said: str) -> None:
    verdict = judge(wanted, look)
    assert (verdict.state, said in verdict.message) == (state, True), verdict
    assert verdict.remedy or state != FAILED


def test_pods_that_nobody_may_restart_are_not_waited_for() -> None:
    spec = overlaid(SPEC, {"updateStrategy": {"type": "OnDelete"}})
    assert judge(Wish(spec), seen(mariadb(spec), pods=[*PODS, pod(2, revision="old")])).state == READY


def test_a_single_server_needs_no_galera() -> None:
    spec = {"image": SPEC["image"], "replicas": 1, "storage": SPEC["storage"]}
    alone = mariadb(states={"GaleraReady": "False"})
    alone["status"]["conditions"] = [entry for entry in alone["status"]["conditions"] if not entry["type"].startswith("Galera")]
    assert judge(Wish(spec), seen({**alone, "spec": spec}, workload(1), [pod(0)], [claim(0)])).state == READY


@given(st.sampled_from(sorted(TROUBLES)), st.sampled_from(["a", "InitError", "Suspended", "ScaleOutError"]))
def test_nothing_is_ready_while_the_operator_says_that_something_is_not(kind: str, reason: str) -> None:
    assert judge(wish(), seen(mariadb(states={kind: ("False", reason, "m")}))).state != READY


@given(st.sets(st.integers(0, 2), max_size=3))
def test_only_all_members_together_are_ready(away: set[int]) -> None:
    look = seen(pods=[pod(number, ready=number not in away) for number in range(3)])
    assert (judge(wish(), look).state == READY) is (not away)
