# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one look means, and what all looks mean: live needs an unbroken healthy time at the very commit."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Application
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.waiting import (
    GRACE,
    ROOT,
    Sight,
    State,
    Watch,
    after,
    confirmations,
    judge,
    outcome,
    story,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
RELEASE = "0123456789abcdef"
GOOD = Application("traefik", "Synced", "Healthy", RELEASE, NOW, NOW, NOW)
TOP = Application(ROOT, "Synced", "Healthy", None, NOW, NOW, NOW)
STABLE, TIMEOUT = 30, 300


def look(**change: Any) -> tuple[State, tuple[str, ...]]:
    seen = dataclasses.replace(GOOD, **change)
    return judge(Sight({ROOT: TOP, "traefik": seen}, {ROOT, "traefik"}), {"traefik": RELEASE}, prunes=False)


@pytest.mark.parametrize(
    ("change", "state", "said"),
    [
        ({}, "good", None),
        ({"release": "fedcba9876543210"}, "pending", "runs release fedcba9876543210"),
        ({"release": None}, "pending", "runs release unknown"),
        ({"sync": "OutOfSync"}, "pending", "is OutOfSync"),
        ({"sync": "Unknown"}, "pending", "is Unknown"),
        ({"running": True}, "pending", "is being synced"),
        ({"health": "Progressing"}, "pending", "is Progressing"),
        ({"health": "Suspended"}, "pending", "is Suspended"),
        ({"health": "Unknown"}, "pending", "is Unknown"),
        ({"health": "Degraded", "troubles": ("Deployment/traefik is Degraded: no",)}, "bad", "is Degraded (Deployment/traefik is Degraded: no)"),
        ({"health": "Missing"}, "bad", "is Missing"),
        ({"errors": ("the sync failed: no such namespace",)}, "bad", "no such namespace"),
    ],
)
def test_one_look(change: dict[str, Any], state: str, said: str | None) -> None:
    found, reasons = look(**change)
    assert found == state
    assert bool(reasons) == (said is not None)
    assert said is None or said in reasons[0]


def test_what_is_broken_at_an_earlier_commit_says_nothing() -> None:
    sick = dataclasses.replace(GOOD, health="Degraded", errors=("SyncError: old",))
    state, reasons = judge(Sight({ROOT: TOP, "traefik": sick}, {ROOT}), {"traefik": RELEASE}, prunes=False)
    assert (state, reasons) == ("unseen", ("traefik has not been compared with the commit (SyncError: old)",))


@pytest.mark.parametrize(("arrived", "expected"), [({ROOT}, ("pending", "has not been created yet")), (set(), ("unseen", "has not been compared"))])
def test_an_application_that_is_not_there(arrived: set[str], expected: tuple[str, str]) -> None:
    state, reasons = judge(Sight({ROOT: TOP}, arrived), {"traefik": RELEASE}, prunes=False)
    assert state == expected[0]
    assert expected[1] in reasons[-1]


GENERATE = "ComparisonError: Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = "


@pytest.mark.parametrize(
    ("error", "state"),
    [
        ("`kustomize build <path to cached source>/kubernetes/environments/dev --enable-helm` failed exit status 1: Error: no such file", "pending"),
        ("Manifest generation error (cached): `helm template . --name-template traefik` failed exit status 1", "pending"),
        ("kubernetes/environments/dev/traefik: app path does not exist", "pending"),
        ("failed to list refs: dial tcp 192.0.2.1:22: connect: connection refused", "unseen"),
        ("unable to resolve git revision main: ssh: handshake failed", "unseen"),
        ("connection error: desc = transport: error while dialing: dial tcp 10.43.0.9:8081", "unseen"),
    ],
)
@pytest.mark.parametrize("name", [ROOT, "traefik"])
def test_a_tree_that_does_not_build_is_told_from_a_git_server_that_is_away(error: str, state: str, name: str) -> None:
    both = {ROOT: TOP, "traefik": GOOD}
    both[name] = dataclasses.replace(both[name], sync="Unknown", errors=(GENERATE + error,))
    found, reasons = judge(Sight(both, both.keys() - {name}), {"traefik": RELEASE}, prunes=False)
    assert found == state
    assert reasons == (f"{name} has not been compared with the commit ({GENERATE}{error})",)


CONFIRM = "waiting for pruning confirmation of argoproj.io/Application/loki"


@pytest.mark.parametrize(
    ("prunes", "leaving", "confirm", "state"),
    [(True, True, CONFIRM, "good"), (True, True, "", "pending"), (True, False, CONFIRM, "pending"), (False, True, CONFIRM, "pending")],
)
def test_a_sync_that_waits_for_somebody_who_confirms_an_announced_deletion(prunes: bool, leaving: bool, confirm: str, state: str) -> None:
    top = dataclasses.replace(TOP, sync="OutOfSync", leaving=leaving, running=True, confirm=confirm)
    sight = Sight({ROOT: top, "traefik": GOOD}, {ROOT, "traefik"})
    assert judge(sight, {"traefik": RELEASE}, prunes)[0] == state
    assert ("argocd app confirm-deletion platform" in confirmations(sight)) is bool(confirm)


@pytest.mark.parametrize(("prunes", "leaving", "state"), [(False, True, "pending"), (True, False, "pending"), (True, True, "good"), (False, False, "pending")])
@pytest.mark.parametrize("name", [ROOT, "traefik"])
def test_objects_may_wait_to_be_deleted_where_some_were_announced(prunes: bool, leaving: bool, state: str, name: str) -> None:
    both = {ROOT: TOP, "traefik": GOOD}
    both[name] = dataclasses.replace(both[name], sync="OutOfSync", leaving=leaving)
    assert judge(Sight(both, both.keys()), {"traefik": RELEASE}, prunes)[0] == state


def test_a_healthy_application_of_which_an_object_is_missing() -> None:
    assert look(troubles=("ConfigMap/web is Missing",)) == ("pending", ("traefik: ConfigMap/web is Missing",))


def test_pods_that_cannot_run_and_blindness() -> None:
    both = {ROOT: TOP, "traefik": GOOD}
    assert judge(Sight(both, both.keys(), ("the image x:1 (ErrImagePull) cannot be had",)), {"traefik": RELEASE}, prunes=False) == (
        "bad",
        ("the image x:1 (ErrImagePull) cannot be had",),
    )
    rolling = {ROOT: TOP, "traefik": dataclasses.replace(GOOD, health="Progressing")}
    said = "the container web-1/web ends again and again (exit code 1, 4 restarts)"
    assert judge(Sight(rolling, rolling.keys(), (said,)), {"traefik": RELEASE}, prunes=False) == ("bad", ("traefik is Progressing", said))
    assert judge(Sight(unseen="away"), {"traefik": RELEASE}, prunes=False) == ("unseen", ("away",))


def run(states: list[tuple[int, State]]) -> tuple[str, Watch, int]:
    """The first outcome over looks that come after so many seconds each; how many looks that took."""
    watch, now = Watch(NOW), NOW
    for count, (pause, state) in enumerate(states, 1):
        now += datetime.timedelta(seconds=pause)
        watch = after(watch, state, (state,), now)
        found = outcome(watch, now, STABLE, TIMEOUT)
        if found != "waiting":
            return found, watch, count
    return "waiting", watch, len(states)


LOOKS = st.lists(st.tuples(st.integers(1, 50), st.sampled_from(["good", "pending", "bad", "unseen"])), min_size=1, max_size=40)


@given(LOOKS)
def test_live_means_good_without_a_break_for_the_stable_time(states: list[tuple[int, State]]) -> None:
    found, _watch, count = run(states)
    seen = states[:count]
    tail = list(itertools.takewhile(lambda step: step[1] == "good", reversed(seen)))
    # The first good look begins the time, whatever came before it.
    assert (found == "live") == (bool(tail) and sum(pause for pause, _state in tail[:-1]) >= STABLE)


@given(LOOKS)
def test_it_never_waits_longer_than_it_may_nor_judges_what_it_did_not_see(states: list[tuple[int, State]]) -> None:
    found, _watch, count = run(states)
    passed = sum(pause for pause, _state in states[:count])
    assert passed < TIMEOUT + 50 or found != "waiting"
    assert (found == "unseen") <= (states[count - 1][1] == "unseen")
    if found == "unhealthy":
        bad = list(itertools.takewhile(lambda step: step[1] == "bad", reversed(states[:count])))
        assert states[count - 1][1] != "unseen"
        assert passed >= TIMEOUT or sum(pause for pause, _state in bad[:-1]) >= GRACE
    if found == "unseen":
        assert passed >= TIMEOUT


def test_the_story_of_one_that_was_healthy_for_a_moment() -> None:
    _found, watch, _count = run([(5, "good"), (12, "good"), (5, "bad")])
    assert story(watch) == "it was healthy for 12 s, then: bad"


@pytest.mark.parametrize(("last", "expected"), [("pending", "unhealthy"), ("unseen", "unseen")])
def test_the_end_of_patience_judges_what_was_seen_last(last: State, expected: str) -> None:
    other: State = "unseen" if last == "pending" else "pending"
    assert run([(50, other)] * 5 + [(50, last)])[0] == expected


def test_not_to_see_breaks_what_was_good_and_what_was_bad() -> None:
    assert run([(1, "bad"), (30, "unseen"), (30, "unseen")])[0] == "waiting"
    assert run([(1, "bad"), (30, "unseen"), (31, "bad")])[0] == "waiting"
    assert run([(1, "bad"), (30, "bad"), (30, "bad")])[0] == "unhealthy"
    assert run([(1, "good"), (20, "unseen"), (20, "good")])[0] == "waiting"
