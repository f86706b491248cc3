# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers an upgrade takes, in which order, and when it refuses."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import upgrade
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Member, Observation
from hypothesis import given
from hypothesis import strategies as st

OLD, NEW = "v1.34.3+k3s1", "v1.35.0+k3s3"
MEMBERS = tuple(Member(f"node-{i}-0a1b2c3d", (f"https://192.0.2.{i}:2380",), False) for i in (1, 2, 3))


def server(number: int, version: str = OLD, **changes: t.Any) -> Observation:
    name = f"node-{number}"
    seen = Observation(
        node_name=name,
        architecture="amd64",
        binary_version=version,
        unit_state="active",
        has_etcd=True,
        member_name=f"{name}-0a1b2c3d",
        members=MEMBERS,
        etcd_healthy=True,
        api_ready=True,
        node_ready=True,
        node_version=version,
    )
    return dataclasses.replace(seen, **changes)


def cluster(*servers: Observation) -> dict[str, Observation | None]:
    return {seen.node_name: seen for seen in servers}


def test_all_in_order() -> None:
    assert upgrade.plan(cluster(server(3), server(1), server(2)), NEW) == upgrade.Plan(NEW, OLD, ("node-1", "node-2", "node-3"), ())


def test_nothing_left() -> None:
    done = upgrade.plan(cluster(server(1, NEW), server(2, NEW), server(3, NEW)), NEW)
    assert (done.todo, done.problems, done.origin) == ((), (), None)


def test_an_interrupted_one_goes_on_where_it_was() -> None:
    marked = upgrade.plan(cluster(server(1, NEW), server(2), server(3, NEW, node_upgrade=NEW)), NEW)
    assert (marked.todo, marked.problems) == (("node-3", "node-2"), ())
    down = upgrade.plan(cluster(server(1, NEW), server(2, unit_state="activating", etcd_healthy=False, api_ready=False), server(3)), NEW)
    assert (down.todo, down.problems) == (("node-2", "node-3"), ())


@pytest.mark.parametrize(
    ("servers", "target", "text"),
    [
        (cluster(server(1), server(2), server(3)), "v1.36.0+k3s1", "upgrade to v1.35 first"),
        (cluster(server(1, NEW), server(2, NEW), server(3, NEW)), OLD, "is older: the way back needs the snapshot"),
        (cluster(server(1), server(2, "v1.34.1+k3s1"), server(3, NEW)), NEW, "beside each other"),
        (cluster(server(1), server(2), server(3)), "stable", "no exact K3s version"),
        ({**cluster(server(1), server(2)), "node-3": None}, NEW, "node-3 was not reached"),
        (cluster(server(1), server(2, etcd_healthy=False), server(3, api_ready=False)), NEW, "node-3 is not a healthy voter"),
        (cluster(server(1), server(2), server(3, node_version=None, binary_version=None)), NEW, "which version runs there"),
    ],
)
def test_refusals(servers: dict[str, Observation | None], target: str, text: str) -> None:
    assert text in "; ".join(upgrade.plan(servers, target).problems)


@given(st.lists(st.sampled_from([OLD, NEW]), min_size=3, max_size=3), st.lists(st.booleans(), min_size=3, max_size=3))
def test_no_step_costs_the_majority(versions: list[str], healthy: list[bool]) -> None:
    """Whatever was seen: a server is taken only while the two others vote."""
    seen = cluster(*(server(i + 1, versions[i], etcd_healthy=healthy[i]) for i in range(3)))
    found = upgrade.plan(seen, NEW)
    if found.todo and not found.problems:
        assert sum(o.votes for name, o in seen.items() if o and name != found.todo[0]) == 2


METRICS = """# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group="policy",removed_release="1.25",resource="podsecuritypolicies",subresource="",version="v1beta1"} 1
apiserver_requested_deprecated_apis{group="",removed_release="",resource="endpoints",subresource="",version="v1"} 1
apiserver_requested_deprecated_apis{group="x.io",removed_release="1.36",resource="things",subresource="",version="v1alpha1"} 1
apiserver_requested_deprecated_apis{group="y.io",removed_release="1.35",resource="others",subresource="",version="v1"} 0
"""


def test_apis_that_the_target_lacks() -> None:
    assert upgrade.deprecated_apis(METRICS, NEW) == ["policy/v1beta1 podsecuritypolicies (removed in 1.25)"]
    assert upgrade.deprecated_apis(METRICS, "v1.36.0+k3s1")[1] == "x.io/v1alpha1 things (removed in 1.36)"


def test_budgets_that_block() -> None:
    def budget(name: str, expected: int, allowed: int) -> dict[str, t.Any]:
        return {"metadata": {"namespace": "app", "name": name}, "status": {"expectedPods": expected, "disruptionsAllowed": allowed}}

    assert upgrade.blocking_budgets([budget("b", 2, 0), budget("idle", 0, 0), budget("fine", 3, 1), budget("a", 1, 0)]) == ["app/a", "app/b"]


@pytest.mark.parametrize(
    ("running", "target", "text"),
    [
        ("3.5.25", "v1.34.0+k3s1", "etcd 3.5.25 runs"),
        (None, NEW, "does not say its version"),
        ("3.5.26", "v1.34.0+k3s1", None),
        ("3.6.7", NEW, None),
        ("3.5.21", "v1.33.9+k3s1", None),
    ],
)
def test_etcd_36_follows_only_a_late_35(running: str | None, target: str, text: str | None) -> None:
    problem = upgrade.etcd_problem(running, target)
    assert problem is None if text is None else text in str(problem)


def test_space() -> None:
    assert upgrade.space_problem(100 << 20, (200 << 20) + upgrade.SPARE_BYTES) is None
    assert "need 1224 MB" in (upgrade.space_problem(100 << 20, 200 << 20) or "")
