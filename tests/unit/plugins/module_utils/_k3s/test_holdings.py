# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reset would lose: found, told with the argument that gives it up, and nothing else accepted."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import holdings
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.holdings import Holding


def volume(name: str, policy: str, phase: str, claim: str = "", handle: str = "") -> dict[str, Any]:
    spec: dict[str, Any] = {"persistentVolumeReclaimPolicy": policy}
    if claim:
        namespace, _slash, claimed = claim.partition("/")
        spec["claimRef"] = {"namespace": namespace, "name": claimed}
    if handle:
        spec["csi"] = {"driver": "driver.longhorn.io", "volumeHandle": handle}
    return {"metadata": {"name": name}, "spec": spec, "status": {"phase": phase}}


def named(namespace: str, name: str) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": name}}


@pytest.mark.parametrize(
    ("item", "held"),
    [
        (volume("pv-1", "Delete", "Bound", "shop/data"), [Holding("shop/data", "the volume of claim")]),
        (volume("pv-1", "Retain", "Bound", "shop/data"), [Holding("shop/data", "the volume of claim")]),
        (volume("pv-1", "Retain", "Released", "shop/data"), [Holding("pv-1", "the retained volume")]),
        (volume("pv-1", "Retain", "Available"), [Holding("pv-1", "the retained volume")]),
        (volume("pv-1", "Delete", "Available"), []),
        (volume("pv-1", "Delete", "Released", "shop/data"), []),
    ],
)
def test_volumes(item: dict[str, Any], held: list[Holding]) -> None:
    assert holdings.holdings({"PersistentVolume": [item]}) == held


def test_databases_and_volumes_of_longhorn() -> None:
    found = {
        "PersistentVolume": [volume("pvc-1", "Delete", "Bound", "databases/data-1", "pvc-1")],
        "CNPG cluster": [named("databases", "cnpg-cluster")],
        "MariaDB": [named("databases", "galera")],
        "Longhorn volume": [named("longhorn-system", "pvc-1"), named("longhorn-system", "orphan")],
    }
    assert [holding.name for holding in holdings.holdings(found)] == [
        "databases/data-1",
        "databases/cnpg-cluster",
        "databases/galera",
        "longhorn-system/orphan",
    ]


HELD = [Holding("shop/data", "the volume of claim"), Holding("pv-2", "the retained volume")]


def test_each_has_to_be_named() -> None:
    assert holdings.problems([], []) == []
    assert holdings.problems(HELD, ["pv-2", "shop/data"]) == []
    assert holdings.problems(HELD, ["shop/data"]) == ["the retained volume pv-2 would be lost", "to lose all of it, name each: -e loses=pv-2,shop/data"]


def test_a_name_of_another_cluster_is_refused() -> None:
    (line,) = holdings.problems(HELD, ["pv-2", "shop/data", "shop/other"])
    assert "shop/other is named in loses" in line
