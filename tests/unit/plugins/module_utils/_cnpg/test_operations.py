# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations: who may become primary, how few instances there may be, what may be fenced or deleted."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import operations, phases
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import Window
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.observe import Observed, Pod
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import Proof
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)


def pod(name: str, ready: bool = True) -> Pod:
    """An instance."""
    return Pod(name, "node", ready=ready, leaving=False, image="", containers=frozenset())


def seen(phase: str = phases.HEALTHY, fenced: t.Sequence[str] = (), pods: t.Sequence[Pod] = (pod("a-1"), pod("a-2"), pod("a-3"))) -> Observed:
    """Three instances, the first is primary."""
    annotations = {"cnpg.io/fencedInstances": json.dumps(list(fenced))}
    return Observed(
        {"metadata": {"name": "a", "namespace": "n", "annotations": annotations}, "status": {"phase": phase, "currentPrimary": "a-1", "targetPrimary": "a-1"}},
        tuple(pods),
    )


@pytest.mark.parametrize(
    ("observed", "target", "backups", "words"),
    [
        (seen(), "a-2", (), ""),
        (seen(phases.WAITING_FOR_USER), "a-2", (), ""),
        (seen(), "a-9", (), "no such instance"),
        (seen(), "", (), "no replica is ready"),
        (seen(pods=(pod("a-1"), pod("a-2", ready=False))), "a-2", (), "not ready"),
        (seen(fenced=["a-2"]), "a-2", (), "fenced"),
        (seen(fenced=["*"]), "a-2", (), "fenced"),
        (seen("Failing over"), "a-2", (), "Failing over"),
        (seen(), "a-2", ("nightly",), "nightly is running"),
    ],
)
def test_switchover(observed: Observed, target: str, backups: t.Sequence[str], words: str) -> None:
    """One reason each."""
    found = list(operations.switchover_problems(observed, target, backups))
    assert [words in problem.reason for problem in found] == ([True] if words else [])


def test_successors_are_ready_replicas_without_fence() -> None:
    """Never the primary itself."""
    assert operations.successors(seen()) == ["a-2", "a-3"]
    assert operations.successors(seen(fenced=["a-2"])) == ["a-3"]
    assert operations.successors(seen(pods=(pod("a-1"), pod("a-2", ready=False)))) == []


def test_a_switchover_writes_what_the_operators_own_command_writes() -> None:
    """And only if nothing changed meanwhile."""
    found = operations.switchover_status("a-2", "77", NOW)
    assert found["metadata"] == {"resourceVersion": "77"}
    assert found["status"] == {
        "targetPrimary": "a-2",
        "targetPrimaryTimestamp": "2026-11-22T10:00:00.000000Z",
        "phase": "Switchover in progress",
        "phaseReason": "Switching over to a-2",
    }


def cluster(instances: int, synchronous: Object | None = None) -> Object:
    """Its definition."""
    return {"metadata": {"name": "a", "namespace": "n"}, "spec": {"instances": instances, "postgresql": {"synchronous": synchronous or {}}}}


REQUIRED = {"number": 1, "dataDurability": "required"}


@pytest.mark.parametrize(
    ("now", "then", "synchronous", "confirmed", "words"),
    [
        (3, 4, None, False, ""),
        (3, 2, None, True, ""),
        (3, 2, None, False, "volumes of 1 instances"),
        (3, 0, None, True, "no number"),
        (3, 2, REQUIRED, True, "would block every write"),
        (3, 2, {"number": 1, "dataDurability": "preferred"}, True, ""),
        (3, 1, {"number": 1, "dataDurability": "preferred"}, True, "have to confirm"),
        (4, 3, REQUIRED, True, ""),
    ],
)
def test_scaling(now: int, then: int, synchronous: Object | None, confirmed: bool, words: str) -> None:
    """Volumes need a confirmation, a synchronous quorum cannot be given up by one."""
    found = list(operations.scale_problems(cluster(now, synchronous), then, confirmed))
    assert [words in problem.reason for problem in found] == ([True] if words else [])


@pytest.mark.parametrize(
    ("synchronous", "fenced", "pods", "names", "refused"),
    [
        ({"number": 1}, [], ("a-2", "a-3"), ["a-2", "a-3"], True),
        ({"number": 1, "dataDurability": "required"}, ["a-2"], ("a-2", "a-3"), ["a-3"], True),
        ({"number": 2, "dataDurability": "required"}, [], ("a-2", "a-3"), ["a-3"], True),
        # The other replica does not stream: fencing this one leaves none.
        ({"number": 1, "dataDurability": "required"}, [], ("a-2",), ["a-2"], True),
        ({"number": 1, "dataDurability": "required"}, [], ("a-2", "a-3"), ["a-2"], False),
        # It confirms nothing anyway.
        ({"number": 1, "dataDurability": "required"}, [], ("a-2",), ["a-3"], False),
        ({"number": 1, "dataDurability": "required"}, [], (), ["a-3"], False),
        ({"number": 1, "dataDurability": "preferred"}, [], ("a-2", "a-3"), ["a-2", "a-3"], False),
        (None, [], ("a-2", "a-3"), ["a-2", "a-3"], False),
    ],
)
def test_a_fence_leaves_those_who_have_to_confirm_writes(
    synchronous: Object | None, fenced: list[str], pods: tuple[str, ...], names: list[str], refused: bool
) -> None:
    """Without them every write blocks, though the primary runs; the same word as for the primary allows it."""
    found = seen(fenced=fenced, pods=[pod(f"a-{number}", ready=f"a-{number}" in ("a-1", *pods)) for number in (1, 2, 3)])
    found.cluster.update(spec=cluster(3, synchronous)["spec"])
    problems = operations.fence(found, names, False, "")[1]
    assert ["have to confirm" in problem.reason for problem in problems] == ([True] if refused else [])
    assert operations.fence(found, names, True, "")[1] == ()


@pytest.mark.parametrize(
    ("fenced", "names", "allowed", "confirm", "result", "problems"),
    [
        ([], ["a-2"], False, "", {"a-2"}, 0),
        (["a-3"], ["a-2"], False, "", {"a-2", "a-3"}, 0),
        ([], ["a-1"], False, "", {"a-1"}, 1),
        ([], ["a-1"], False, "n/a", {"a-1"}, 1),
        ([], ["a-1"], True, "", {"a-1"}, 0),
        ([], ["*"], False, "", {"*"}, 1),
        ([], ["*"], True, "", {"*"}, 1),
        ([], ["*"], True, "a", {"*"}, 1),
        ([], ["*"], False, "n/a", {"*"}, 0),
        ([], ["*", "a-1"], False, "n/a", {"*"}, 0),
        (["*"], ["a-2"], False, "", {"*"}, 0),
        ([], ["a-9"], False, "", {"a-9"}, 1),
    ],
)
def test_fencing(fenced: list[str], names: list[str], allowed: bool, confirm: str, result: set[str], problems: int) -> None:
    """The primary only with a word of its owner, all of them only with the cluster's name."""
    wanted, found = operations.fence(seen(fenced=fenced), names, allowed, confirm)
    assert (set(wanted), len(found)) == (result, problems)


@given(st.sets(st.sampled_from(["a-1", "a-2", "a-3"])), st.sets(st.sampled_from(["a-1", "a-2", "a-3"]), min_size=1))
def test_a_fence_taken_away_is_gone_and_the_others_stay(before: set[str], names: set[str]) -> None:
    """Fencing and unfencing are each other's inverse, and neither touches other instances."""
    fenced, _problems = operations.fence(seen(fenced=sorted(before)), sorted(names), allow_primary=True, confirm="")
    left, _problems = operations.unfence(seen(fenced=sorted(fenced)), sorted(names))
    assert fenced == before | names
    assert left == before - names


def test_one_instance_cannot_leave_a_fence_around_all() -> None:
    """The operator refuses it, too."""
    left, problems = operations.unfence(seen(fenced=["*"]), ["a-2"])
    assert left == {"*"}
    assert len(problems) == 1
    assert operations.unfence(seen(fenced=["*"]), []) == (frozenset(), ())


def test_an_empty_fence_removes_the_annotation() -> None:
    """A null in a merge patch."""
    assert operations.annotate("x", operations.fence_annotation([])) == {"metadata": {"annotations": {"x": None}}}
    assert operations.fence_annotation(["b", "a"]) == '["a", "b"]'


DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("confirm", "proven", "oldest", "count"),
    [
        ("n/a", NOW - DAY / 2, DAY, 0),
        ("n/a", NOW - 2 * DAY, DAY, 1),
        ("n/a", None, DAY, 1),
        ("n/a", None, datetime.timedelta(), 0),
        ("a", NOW, DAY, 1),
        ("", None, DAY, 2),
    ],
)
def test_deleting(confirm: str, proven: datetime.datetime | None, oldest: datetime.timedelta, count: int) -> None:
    """A typed name, and a backup that was restored not long ago."""
    found: list[Problem] = list(operations.absence_problems(cluster(1), confirm, Proof(proven), NOW, oldest))
    assert len(found) == count
    (problem,) = operations.absence_problems(cluster(1), "n/a", Proof(void="another archive"), NOW, DAY)
    assert problem.reason.endswith("another archive")


@pytest.mark.parametrize(
    ("window", "archiving", "words"),
    [
        (Window(NOW, NOW), {"status": "True"}, ""),
        (Window(), {"status": "True"}, "no base backup"),
        (Window(NOW, None), {"status": "True"}, "no base backup"),
        (Window(NOW, NOW), {"status": "False", "message": "NoSuchBucket"}, "WAL is not archived (NoSuchBucket)"),
        (Window(NOW, NOW), {}, "nobody has reported it"),
    ],
)
def test_what_a_cluster_that_sleeps_would_lose(window: Window, archiving: Object, words: str) -> None:
    """Everything has to be in the archive, not only a base backup."""
    found = operations.sleep_risk(window, archiving)
    assert words in found
    assert bool(found) is bool(words)


def test_hibernation_has_ended_only_without_pods() -> None:
    """The condition alone may be from before."""
    condition = {"type": "cnpg.io/hibernation", "status": "True"}
    assert operations.hibernation_ended(Observed({"status": {"conditions": [condition]}}))
    assert not operations.hibernation_ended(Observed({"status": {"conditions": [condition]}}, (pod("a-1"),)))
    assert not operations.hibernation_ended(Observed({"status": {}}))


def test_a_restart_that_is_on_record() -> None:
    """The same time again is no second restart; without a time each call is one."""
    record = {"metadata": {"annotations": {operations.RESTARTED: "2026-11-22T10:00:00Z"}}}
    assert operations.restarted_since(record, operations.RESTARTED, "2026-11-22T10:00:00Z")
    assert not operations.restarted_since(record, operations.RESTARTED, "2026-11-22T10:00:01Z")
    assert not operations.restarted_since(record, operations.RESTARTED, "")
