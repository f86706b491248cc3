# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the databases of a lost environment can be recovered, which stay lost, and when Argo CD has everything as Git has it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup import recovery

NOW = "202611220930"


def postgres(name: str, server: str = "") -> dict[str, Any]:
    plugins = {"plugins": [{"name": "p", "parameters": {"serverName": server}}]} if server else {}
    return {"name": name, "spec": plugins}


def seen(kind: str, problem: str = "", /, **sources: int) -> dict[str, Any]:
    return {kind: {"problem": problem, "sources": {name.replace("_", "-"): {"at": at} for name, at in sources.items()}}}


SHOP, WIKI = postgres("shop", "shop"), {"name": "wiki", "backup": {"storage": {}}}


@pytest.mark.parametrize(
    ("archived", "words"),
    [
        ({"shop": 100}, None),
        ({}, None),
        ({"shop": 100, "shop_r202501010000": 50}, None),
        ({"shop": 100, "shop_eu": 200}, None),
        ({"shop": 100, "shop_r202611220930": 200, "shop_r202611220931": 300}, None),
        ({"shop": 100, "shop_r202611220929": 200}, "write shop-r202611220929 into environments.prod.databases.postgresql.shop.server_name; if the recovery"),
        ({"shop_r202501010000": 50}, "the archive of shop-r202501010000 is newer than that of shop"),
        ({"shop": 1, "shop_r202501010000": 50, "shop_r202502010000": 70}, "the archive of shop-r202502010000 is newer"),
    ],
)
def test_an_earlier_recovery_that_the_matrix_does_not_know(archived: dict[str, int], words: str | None) -> None:
    found = recovery.problems(seen("postgres", shop=1), seen("postgres", "", **archived), "prod", [SHOP], [], NOW)
    assert (found == []) == (words is None), found
    assert words is None or words in "; ".join(found)


@pytest.mark.parametrize("names", [("shop-r202501010000", "shop"), ("shop", "shop-r202501010000"), ("shop-r202502010000", "shop-r202501010000")])
def test_only_a_name_that_a_recovery_made_is_ever_to_be_removed(names: tuple[str, str]) -> None:
    """The matrix names the first, for another environment perhaps; what is archived under the second is newer."""
    matrix, newer = names
    sources = {"postgres": {"sources": {matrix: {"at": 1}, newer: {"at": 2}}}}
    (problem,) = recovery.problems({}, sources, "dev", [postgres("shop", matrix)], [], NOW)
    assert f"write {newer} into environments.dev.databases.postgresql.shop.server_name" in problem
    assert (f"remove {newer}" in problem) == (newer != "shop")
    assert "remove shop " not in problem


def test_names_of_this_recovery_are_told_from_others_only_once_it_has_begun() -> None:
    archived = seen("postgres", shop=1, shop_r202611220931=2)
    assert recovery.problems({}, archived, "prod", [SHOP], [], "")
    moved = postgres("shop", "shop-r202611220931")
    assert recovery.problems({}, archived, "prod", [moved], [], "") == [], "the matrix knows"


def test_buckets_that_cannot_be_read_are_all_named_but_only_those_that_are_needed() -> None:
    away = {**seen("postgres", "no answer"), **seen("mariadb", "no such bucket"), **seen("volumes", "no answer")}
    assert len(recovery.problems(away, {}, "prod", [SHOP], [WIKI], "")) == 2
    assert recovery.problems(away, {}, "prod", [postgres("old")], [{"name": "desk", "backup": None}], "") == []


def test_what_was_never_backed_up_stays_lost() -> None:
    there = {**seen("postgres", shop=1), **seen("mariadb", wiki=1)}
    assert recovery.lost(there, [SHOP], [WIKI]) == {"postgres": {}, "mariadb": {}}
    found = recovery.lost(there, [postgres("old"), postgres("new", "new")], [{"name": "desk", "backup": None}, {"name": "young", "backup": {}}])
    assert found == {
        "postgres": {"old": "old has no archive, and stays lost", "new": "new has no base backup in its archive, and stays lost"},
        "mariadb": {"desk": "desk has no dumps, and stays lost", "young": "young has no dump in its bucket, and stays lost"},
    }


def application(name: str, sync: str = "Synced", health: str = "Healthy", **marks: str) -> dict[str, Any]:
    annotations = {f"argocd.argoproj.io/{mark.replace('_', '-')}": value for mark, value in marks.items()}
    return {"metadata": {"name": name, "annotations": annotations}, "status": {"sync": {"status": sync}, "health": {"status": health}}}


def test_argo_cd_has_everything_when_it_has_looked_again() -> None:
    stale, left = application("stale", refresh="hard"), application("left", "OutOfSync", skip_reconcile="true")
    new = {"metadata": {"name": "new"}}
    assert recovery.lacking([application("well"), left]) == []
    assert recovery.lacking([stale, application("worse", health="Degraded"), new, application("other", "OutOfSync")]) == [
        "stale is not compared yet",
        "worse is Synced and Degraded",
        "new is Unknown and Unknown",
        "other is OutOfSync and Healthy",
    ]
    assert recovery.left_alone([application("well"), left, new]) == ["left"]


def volume(name: str, robustness: str = "faulted") -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"size": "1", "nodeID": "gone", "frontend": "blockdev"}, "status": {"robustness": robustness}}


def backup(of: str, day: int, state: str = "Completed") -> dict[str, Any]:
    status = {"state": state, "snapshotCreatedAt": f"2026-11-{day:02d}T05:00:00Z", "url": f"s3://b@r/?backup=backup-{day}"}
    return {"metadata": {"name": f"backup-{day}", "labels": {"backup-volume": of}}, "status": status}


def test_volumes_come_back_from_the_newest_whole_backup_or_are_lost() -> None:
    """A volume that is there is left alone, and nothing is removed that has no whole backup."""
    backups = [backup("data", 3), backup("data", 9), backup("data", 12, "InProgress"), backup("half", 10, "Error"), backup("well", 8), {"metadata": {}}]
    found = recovery.volumes([volume("data"), volume("half"), volume("none"), volume("well", "healthy")], backups)
    spec = {"size": "1", "frontend": "blockdev", "fromBackup": "s3://b@r/?backup=backup-9"}
    assert found == {"restore": [{"name": "data", "at": "2026-11-09T05:00:00Z", "spec": spec}], "lost": ["half", "none"]}
