# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on a running cluster, while a client asks the API twice a second.

The client opens a connection for every request, at the virtual address; a gap is the time from the last answer to the next. Voters to
spare: how many more could have been lost, at the worst moment, without losing the majority.
"""

from __future__ import annotations

from tests.bench.model import Figure, seconds
from tests.support.prober import Prober
from tests.support.releases import older
from tests.support.twin import Finished, Twin, raised
from tests.support.virtual_address import ADDRESS, IN_PLANNED_WORK, SERVERS, WHEN_THE_HOLDER_DIES, lose_the_holder


def measure() -> list[Figure]:
    """A cluster of the older release: upgraded, its token rotated, restarted on purpose, then the holder of the address loses power."""
    with raised("bench-lifecycle", "inventories/dev") as twin:
        _well(twin.playbook("site.yml", *older(twin)))
        return [
            *_watched(twin, "three servers upgraded by one minor release", 360, "playbooks/upgrade.yml"),
            *_watched(twin, "the servers' token rotated", None, "playbooks/rotate.yml", "-e", "rotate=server-token"),
            *_watched(twin, "every certificate rotated", None, "playbooks/rotate.yml", "-e", "rotate=certificates", "-e", "older_than=0"),
            *_watched(twin, "one server removed", None, "playbooks/remove.yml", "-e", "node=k8s-dev-21", "-e", "confirm=k8s-dev-21"),
            *_watched(twin, "it joins again", None, "site.yml"),
            _power_lost(twin),
        ]


def _watched(twin: Twin, what: str, wanted: float | None, *playbook: str) -> list[Figure]:
    with Prober(twin, SERVERS, ADDRESS) as prober:
        duration = seconds(lambda: _well(twin.playbook(*playbook)))
    spare = min(moment.spare for moment in prober.report.moments)
    return [
        Figure(what, duration, "s", wanted),
        Figure(f"{what}: longest gap of the API", prober.report.longest_gap(), "s", IN_PLANNED_WORK),
        Figure(f"{what}: voters to spare", spare, "voters"),
    ]


def _power_lost(twin: Twin) -> Figure:
    with Prober(twin, SERVERS, ADDRESS) as prober:
        lose_the_holder(twin)
    return Figure("the holder of the virtual address loses power: gap of the API", prober.report.longest_gap(), "s", WHEN_THE_HOLDER_DIES)


def _well(done: Finished) -> Finished:
    if done.status:
        raise RuntimeError(f"the playbook ended with {done.status}:\n{done.tail}")
    return done
