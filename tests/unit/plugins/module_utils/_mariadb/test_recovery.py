# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a crash of all members: who knows most, and what must not be forced."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.recovery import NOBODY, Known, chosen, forced_patch, forced_problems, is_down, known
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
