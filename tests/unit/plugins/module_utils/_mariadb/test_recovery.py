# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a crash of all members: who knows most, and what must not be forced."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.recovery import (
    NOBODY,
    Known,
    Primary,
    chosen,
    forced_patch,
    forced_problems,
    former_primaries,
    is_down,
    known,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._mariadb.clusters import mariadb

OURS = "67a44ea9-63a8-11ef-98a2-2b0c0aa0a627"


def crashed(state: dict[str, Any] | None = None, recovered: dict[str, int] | None = None, bootstrap: str = "", spec: dict[str, Any] | None = None) -> Any:
    """The cluster with what was found out of its members."""
    found: dict[str, Any] = {
        "state": {f"shop-{number}": {"uuid": OURS, "seqno": -1, "safeToBootstrap": False, **more} for number, more in (state or {}).items()},
        "recovered": {f"shop-{number}": {"uuid": OURS, "seqno": sequence} for number, sequence in (recovered or {}).items()},
    }
    if bootstrap:
        found["bootstrap"] = {"pod": bootstrap}
    return mariadb(spec, states={"GaleraReady": "False", "Ready": "False"}, galeraRecovery=found)


def test_the_job_knows_better_than_the_file() -> None:
    thing = crashed({"0": {}, "1": {"seqno": 7}, "2": {"safeToBootstrap": True, "seqno": 9}}, {"0": 12})
    assert [str(member) for member in known(thing)] == ["shop-0: 12", "shop-1: 7", "shop-2: left last"]
    assert known(mariadb()) == (Known("shop-0"), Known("shop-1"), Known("shop-2"))
    assert str(Known("shop-0")) == "shop-0: unknown"
    assert (is_down(thing), is_down(mariadb())) == (True, False)
    assert chosen(crashed(bootstrap="shop-1")) == "shop-1"
    assert forced_patch(None)["spec"]["galera"]["recovery"] == {"forceClusterBootstrapInPod": None}


@pytest.mark.parametrize(
    ("thing", "pod", "confirm", "reason"),
    [
        (crashed(recovered={"0": 12, "1": 12}), "shop-0", "shop-0", ""),
        (crashed(recovered={"0": 12, "1": 10}), "shop-1", "shop-1", "shop-0 knows 2 transactions more (12 against 10)"),
        (crashed(recovered={"0": 12}), "shop-1", "shop-1", "nobody knows what this member knows"),
        (crashed(), "shop-0", "shop-0", ""),
        (crashed(), "shop-0", "", "what only shop-1, shop-2 knows would be lost for ever"),
        (crashed(), "shop-1", "shop-1", "begin with shop-0; if that is lost for good, restore the newest backup"),
        (crashed({"1": {"safeToBootstrap": True}}), "shop-0", "shop-0", "nobody knows what this member knows"),
        (crashed({"2": {"safeToBootstrap": True, "seqno": 12}}, {"0": 12}), "shop-0", "shop-0", "shop-2 left last"),
        (crashed(recovered={"0": 12, "1": 12}), "shop-0", "", "what only shop-2 knows would be lost for ever"),
        (crashed(recovered={"0": 12, "1": 12}), "shop-0", "shop-1", "write confirm: shop-0"),
        (crashed(recovered={"0": 12}), "shop-7", "shop-7", "it may be shop-0, shop-1, shop-2"),
        (crashed(recovered={"0": 12}, bootstrap="shop-1"), "shop-0", "shop-0", "already beginning with shop-1"),
        (crashed({"1": {"uuid": "another"}}, {"0": 12}), "shop-0", "shop-0", "belongs to another cluster (another)"),
        (crashed({"1": {"uuid": NOBODY}}, {"0": 12}), "shop-0", "shop-0", ""),
        (mariadb(), "shop-0", "shop-0", "Galera is ready"),
        (crashed(recovered={"0": 12}, spec={"galera": {"recovery": {"enabled": False}}}), "shop-0", "shop-0", "the operator does nothing"),
        (mariadb({"galera": {"enabled": False}}), "shop-0", "shop-0", "no cluster"),
    ],
)
def test_what_is_refused(thing: Any, pod: str, confirm: str, reason: str) -> None:
    told = "\n".join(map(str, forced_problems(thing, pod, confirm)))
    assert reason in told
    assert bool(told) == bool(reason), told


@given(st.lists(st.integers(-1, 50), min_size=3, max_size=3), st.integers(0, 2))
def test_no_known_transaction_is_ever_given_up(sequences: list[int], number: int) -> None:
    pod = f"shop-{number}"
    thing = crashed(recovered={str(index): sequence for index, sequence in enumerate(sequences)})
    allowed = not list(forced_problems(thing, pod, pod))
    last_primary = max(sequences) < 0 and number == 0
    assert allowed is (last_primary or (sequences[number] >= 0 and sequences[number] == max(sequences)))


LATELY = (Primary("shop-1", "2026-11-23T06:13:05Z"), Primary("shop-2", "2026-11-23T06:12:01Z"))


@pytest.mark.parametrize(
    ("answered", "former", "pod", "reason"),
    [
        ("12", LATELY, "shop-0", "has not answered: its host may be away"),
        ("12", LATELY, "shop-0", "begin with shop-1 or shop-2"),
        ("12", LATELY, "shop-1", ""),
        ("12", LATELY[:1], "shop-2", "was not the primary lately"),
        ("12", (), "shop-2", ""),
        ("012", (), "shop-2", "begin with shop-0"),
        ("", LATELY[:1], "shop-0", ""),
        ("", LATELY[:1], "shop-2", "begin with shop-0 or shop-1"),
    ],
)
def test_where_nobody_knows_a_number_a_primary_that_answers_begins(answered: str, former: tuple[Primary, ...], pod: str, reason: str) -> None:
    """shop-0 is what the operator calls the primary now; it may have become that without power."""
    told = "\n".join(map(str, forced_problems(crashed({number: {} for number in answered}), pod, pod, former)))
    assert (reason in told) if reason else not told


def test_who_was_the_primary_is_said_before_somebody_confirms() -> None:
    told = "\n".join(map(str, forced_problems(crashed({"0": {}, "1": {}}), "shop-1", "", LATELY)))
    assert "the primary was shop-2 until 2026-11-23T06:12:01Z, then shop-1 until 2026-11-23T06:13:05Z, then shop-0; write confirm: shop-1" in told


def test_primaries_since_the_cluster_was_well() -> None:
    def event(reason: str, when: str, message: str = "", of: str = "shop", kind: str = "MariaDB") -> dict[str, Any]:
        return {"reason": reason, "lastTimestamp": f"2026-11-23T06:{when}Z", "message": message, "involvedObject": {"kind": kind, "name": of}}

    def switched(when: str, before: int, after: int, of: str = "shop") -> dict[str, Any]:
        return event("PrimarySwitched", when, f"Primary switched from index '{before}' to index '{after}'", of)

    others = [switched("14:00", 0, 2, "other"), event("PrimarySwitched", "14:00", "other words")]
    events = [switched("05:00", 1, 2), event("GaleraClusterHealthy", "10:00"), switched("12:01", 2, 1), switched("13:05", 1, 0), *others]
    assert former_primaries("shop", events) == LATELY
    assert former_primaries("shop", [event("Created", "13:00", kind="Pod")]) == ()
