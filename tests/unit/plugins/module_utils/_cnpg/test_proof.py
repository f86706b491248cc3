# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a proof is worth: for the archive and the major version that it was made of, and for no other."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import PROVEN, Proof, proof_of, text
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object

WHEN = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)


def cluster(store: str = "s", server: str = "", image: str = "r/p:17.6", data: int | None = None) -> Object:
    """One that archives."""
    given = {"barmanObjectName": store, **({"serverName": server} if server else {})}
    spec = {"imageName": image, "plugins": [{"name": PLUGIN, "parameters": given}]}
    return {"metadata": {"name": "shop"}, "spec": spec, "status": {"pgDataImageInfo": {"majorVersion": data}} if data else {}}


def with_proof(found: Object, said: str) -> Object:
    """With the annotation."""
    return {**found, "metadata": {**found["metadata"], "annotations": {PROVEN: said}}}


@pytest.mark.parametrize(
    ("now", "counts"),
    [
        (cluster(), True),
        (cluster(server="shop"), True),
        (cluster(image="r/p:17.7"), True),
        (cluster(image="r/p:18.1", data=17), True),
        (cluster(server="shop-2"), False),
        (cluster(store="other"), False),
        (cluster(image="r/p:18.1"), False),
        (cluster(image="r/p:18.1", data=18), False),
        ({"metadata": {"name": "shop"}, "spec": {"imageName": "r/p:17.6"}}, False),
    ],
)
def test_a_proof_counts_for_what_it_proved(now: Object, counts: bool) -> None:
    """Written by one cluster, read by what it has become."""
    said = text(cluster(), WHEN)
    assert said == "2026-11-22T10:00:00+00:00 s/shop 17"
    found = proof_of(with_proof(now, said))
    assert found.at == (WHEN if counts else None)
    assert bool(found.void) is not counts
    assert counts or "is of s/shop with PostgreSQL 17, and now it is" in found.void


@pytest.mark.parametrize("said", ["", "nonsense", "nonsense s/shop 17"])
def test_no_proof_at_all(said: str) -> None:
    """Nothing is said of what nobody can read."""
    assert proof_of(with_proof(cluster(), said)) == Proof()
    assert proof_of(cluster()) == Proof()


def test_a_bare_time_of_an_earlier_release_does_not_count_and_says_why() -> None:
    """It can be read."""
    found = proof_of(with_proof(cluster(), "2026-11-22T10:00:00Z"))
    assert found == Proof(void="that of 2026-11-22T10:00:00+00:00 does not say which archive it was")
