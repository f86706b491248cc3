# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict about each row: a truth table, and what holds for every input."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.status import SLACK, VERDICTS, Proof, span, status, table
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_795_000_000
HOUR, DAY = 3600, 86400


def row(**changes: Any) -> dict[str, Any]:
    basic = {"kind": "objects", "what": "namespaces", "tool": "Velero", "at": "0 4 * * *", "bucket": "b", "interval": DAY, "prove_every": 31 * DAY}
    return {**basic, "rto": HOUR, "rpo": DAY, **changes}


def seen(age: int | None, problem: str = "") -> dict[str, Any]:
    return {"at": None if age is None else NOW - age, "key": "key", "size": 1, "count": 3, "problem": problem}


def proof(age: int, rto: int = 60, rpo: int = 60, problems: tuple[str, ...] = ()) -> Proof:
    return Proof("objects", NOW - age, rto, rpo, problems)


FRESH = proof(DAY)


@pytest.mark.parametrize(
    ("verdict", "given_row", "first", "second", "proofs", "words"),
    [
        ("ok", row(), seen(HOUR), None, [FRESH], ""),
        ("ok", row(), seen(DAY + SLACK), None, [FRESH], ""),
        ("late", row(), seen(DAY + SLACK + 1), None, [FRESH], "makes one every 24h"),
        ("lost", row(bucket=None), None, None, [FRESH], "has no bucket"),
        ("unknown", row(), seen(None, "does not answer"), None, [FRESH], "does not answer"),
        ("unknown", row(), None, None, [FRESH], "nobody has looked"),
        ("none", row(), seen(None), None, [FRESH], "no whole backup"),
        ("unproven", row(), seen(HOUR), None, [], "never restored"),
        ("unproven", row(), seen(HOUR), None, [proof(32 * DAY)], "last restored 32d ago"),
        ("unproven", row(), seen(HOUR), None, [proof(2 * DAY), proof(DAY, problems=("it is empty",))], "last drill of objects failed: it is empty"),
        ("ok", row(), seen(HOUR), None, [proof(2 * DAY, problems=("it is empty",)), FRESH], ""),
        ("unproven", row(), seen(HOUR), None, [proof(-HOUR)], "never restored"),  # a proof of tomorrow proves nothing
        ("unproven", row(), seen(HOUR), None, [Proof("etcd", NOW - 1, 1, 1)], "never restored"),
        ("slow", row(), seen(HOUR), None, [proof(DAY, rto=2 * HOUR)], "an RTO of 2h, the target is 60m"),
        ("slow", row(), seen(HOUR), None, [proof(DAY, rpo=2 * DAY)], "an RPO of 2d"),
        ("ok", row(rto=None, rpo=None), seen(HOUR), None, [proof(DAY, rto=DAY, rpo=9 * DAY)], ""),
        ("ok", row(), seen(HOUR), seen(HOUR), [FRESH], ""),
        ("copy late", row(), seen(HOUR), seen(None), [FRESH], "not in the second place"),
        ("copy late", row(), seen(HOUR), seen(3 * DAY), [FRESH], "of 2d before"),
    ],
)
def test_the_verdict(
    verdict: str, given_row: dict[str, Any], first: dict[str, Any] | None, second: dict[str, Any] | None, proofs: list[Proof], words: str
) -> None:
    backups = {"objects": first} if first else {}
    copies = {"objects": second} if second else None
    state = status([given_row], backups, copies, proofs, NOW)[0]
    assert state.verdict == verdict
    assert words in " ".join(state.reasons)
    assert bool(state.reasons) == (verdict != "ok")


def of_shop(age: int, *problems: str, name: str = "shop", rto: int = 60) -> Proof:
    return Proof("postgres", NOW - age, rto, 60, problems, name)


def stored(**ages: int) -> dict[str, Any]:
    """What a bucket has of each cluster; the newest of all is what the kind shows."""
    sources = {name: {"at": NOW - age, "key": name, "size": 1, "count": 2} for name, age in ages.items()}
    return {"at": NOW - min(ages.values(), default=0), "key": "newest", "size": 1, "count": 2 * len(ages), "problem": "", "sources": sources}


POSTGRES = row(kind="postgres", expects=["shop", "books"])
BOTH = [of_shop(2), of_shop(1, name="books")]


@pytest.mark.parametrize(
    ("verdict", "proofs", "words"),
    [
        ("ok", BOTH, ""),
        ("ok", [*BOTH, of_shop(1, "gone", name="removed")], ""),
        ("unproven", [of_shop(2)], "postgres of books was never restored"),
        ("unproven", [], "postgres of shop, books was never restored"),
        ("unproven", [of_shop(2, "it is empty"), of_shop(1, name="books")], "it is empty"),
        ("ok", [of_shop(DAY, "it is empty"), *BOTH], ""),
        ("unproven", [of_shop(32 * DAY), of_shop(1, name="books")], "last restored 32d ago"),
        ("slow", [of_shop(2, rto=2 * HOUR), of_shop(1, name="books")], "an RTO of 2h"),
    ],
)
def test_a_good_cluster_does_not_hide_a_bad_one(verdict: str, proofs: list[Proof], words: str) -> None:
    (state,) = status([POSTGRES], {"postgres": stored(shop=HOUR, books=HOUR)}, None, proofs, NOW)
    assert state.verdict == verdict
    assert words in " ".join(state.reasons)


@pytest.mark.parametrize(
    ("verdict", "first", "second", "words"),
    [
        ("ok", stored(shop=HOUR, books=2 * HOUR), None, ""),
        ("late", stored(shop=HOUR, books=9 * DAY), None, "is 9d old"),
        ("none", stored(shop=HOUR), None, "no whole backup of postgres of books"),
        ("none", stored(shop=HOUR, shopp=HOUR), None, "of books"),
        ("ok", stored(shop=HOUR, books=HOUR, removed=90 * DAY), None, ""),
        ("unknown", {**seen(None, "does not answer"), "sources": {}}, None, "does not answer"),
        ("copy late", stored(shop=HOUR, books=HOUR), stored(shop=HOUR), "not in the second place"),
        ("copy late", stored(shop=HOUR, books=HOUR), stored(shop=HOUR, books=3 * DAY), "of 2d before"),
    ],
)
def test_the_oldest_of_all_databases_is_what_counts(verdict: str, first: dict[str, Any], second: dict[str, Any] | None, words: str) -> None:
    (state,) = status([POSTGRES], {"postgres": first}, {"postgres": second} if second else None, BOTH, NOW)
    assert state.verdict == verdict
    assert words in " ".join(state.reasons)


def test_each_database_is_told_with_its_ages() -> None:
    (state,) = status([POSTGRES], {"postgres": stored(shop=HOUR, books=2 * HOUR)}, None, [of_shop(DAY)], NOW)
    assert state.age == 2 * HOUR
    assert state.databases == (
        {"name": "shop", "count": 2, "age": HOUR, "copy_age": None, "proof_age": DAY},
        {"name": "books", "count": 2, "age": 2 * HOUR, "copy_age": None, "proof_age": None},
    )
    lines = [line.split() for line in table([state]).splitlines()]
    assert lines[2:4] == [["shop", "60m", "2", "-", "24h"], ["books", "2h", "2", "-", "-"]]


def test_what_an_environment_does_not_have_needs_no_backup() -> None:
    (state,) = status([row(kind="mariadb", bucket=None, expects=[])], {}, None, [], NOW)
    assert (state.verdict, state.reasons) == ("unused", ("mariadb: the environment has no such database",))


def test_everything_wrong_is_said_and_the_worst_counts() -> None:
    state = status([row()], {"objects": seen(9 * DAY)}, {"objects": seen(None)}, [], NOW)[0]
    assert state.verdict == "late"
    assert len(state.reasons) == 3


def test_the_table_names_each_row_and_each_reason() -> None:
    states = status([row(), row(kind="etcd", bucket=None)], {"objects": seen(HOUR)}, None, [FRESH], NOW)
    lines = table(states).splitlines()
    assert lines[0].split()[:3] == ["kind", "verdict", "newest"]
    assert lines[1].split()[:3] == ["objects", "ok", "60m"]
    assert lines[-2].startswith("- etcd has no bucket")


@given(
    ages=st.lists(st.tuples(st.integers(-DAY, 90 * DAY), st.booleans()), max_size=5),
    age=st.one_of(st.none(), st.integers(0, 90 * DAY)),
    later=st.integers(0, 30 * DAY),
)
def test_time_alone_never_makes_it_better(ages: list[tuple[int, bool]], age: int | None, later: int) -> None:
    """Without new backups and proofs a verdict stays or gets worse (a proof with a time to come is left out)."""
    proofs = [proof(at, problems=() if good else ("bad",)) for at, good in ages if at >= 0]
    verdicts = [status([row()], {"objects": seen(age)}, None, proofs, NOW + shift)[0].verdict for shift in (0, later)]
    assert VERDICTS.index(verdicts[1]) <= VERDICTS.index(verdicts[0])


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (3 * DAY, "3d"), (-5, "0s")])
def test_spans(seconds: int, text: str) -> None:
    assert span(seconds) == text


def test_a_report_is_read_and_a_damaged_one_refused() -> None:
    assert Proof.from_data({"kind": "etcd", "at": 5, "rto_seconds": 7, "rpo_seconds": None, "problems": []}) == Proof("etcd", 5, 7, None)
    with pytest.raises(KeyError):
        Proof.from_data({"kind": "etcd"})
