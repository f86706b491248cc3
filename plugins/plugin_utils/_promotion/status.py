# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release runs where, for how long, and what keeps it from going on. No I/O."""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import Locked
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import locks_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.gates_cluster import g2_proven, g3_soak
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.gates_release import g7_window
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.gather import FRESH, opened_by
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Application
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import Record, arrivals, rejected
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import settings_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.verdict import Verdict

#: What was seen in a cluster: Applications by name, or why nothing was.
Seen = Mapping[str, Application] | str


@dataclasses.dataclass(frozen=True)
class Row:
    """One component in one environment. Lengths in seconds; None = not known, or there is nothing to wait for."""

    environment: str
    component: str
    version: str
    release: str
    health: str
    age: int | None
    soak_left: int | None
    goes_to: str | None
    blockers: tuple[str, ...]


def rows(loaded: Loaded, tree: Mapping[str, str], records: Sequence[Record], seen: Mapping[str, Seen], now: datetime.datetime) -> list[Row]:
    """Every component of every environment, in the order of promotion. Raises Refused for an environment without a lock."""
    order = list(loaded.matrix.environments)
    locks = {key: locks_of(tree, key).components for key in order}
    following: Sequence[str | None] = [*order[1:], None]
    found = []
    for key, after in zip(order, following, strict=True):
        gates = _Gates(loaded, records, key, after, now)
        for name, entry in sorted(locks[key].items()):
            differs = after is not None and locks[after].get(name) != entry
            found.append(gates.row(name, entry, seen[key], after if differs else None))
    return found


@dataclasses.dataclass(frozen=True)
class _Gates:
    loaded: Loaded
    records: Sequence[Record]
    environment: str
    following: str | None
    now: datetime.datetime

    def row(self, name: str, entry: Locked, seen: Seen, goes_to: str | None) -> Row:
        application = None if isinstance(seen, str) else seen.get(name)
        deployed = application.deployed_at if application else None
        soaked = self._soaked(name, entry, [application] if application else [])
        return Row(
            environment=self.environment,
            component=name,
            version=entry.version,
            release=entry.release,
            health="not seen" if isinstance(seen, str) else application.health if application else "not there",
            age=max(0, int((self.now - deployed).total_seconds())) if deployed else None,
            soak_left=int((soaked.until - self.now).total_seconds()) if soaked.until and goes_to else None,
            goes_to=goes_to,
            blockers=tuple(self._blockers(name, entry, seen, goes_to)) if goes_to else (),
        )

    def _soaked(self, name: str, entry: Locked, held: Sequence[Application]) -> Verdict:
        """G3 without alerts, which only a promotion asks for."""
        arrived = arrivals(self.records, self.environment, {name: entry.release})
        return g3_soak(held, arrived, [], self.now, settings_of(self.loaded, self.environment).soak)

    def _blockers(self, name: str, entry: Locked, seen: Seen, goes_to: str) -> Iterator[str]:
        """What the gates say that can be asked without a plan."""
        if isinstance(seen, str):
            yield seen
            return
        site, settings = self.loaded.matrix.site, settings_of(self.loaded, goes_to)
        held = [seen[name]] if name in seen else []
        returned = rejected(self.records, goes_to).get(entry.release)
        if returned:
            yield f"was taken back in {goes_to}: {returned}"
        zone = zoneinfo.ZoneInfo(site.timezone or "UTC")
        for verdict in (
            g2_proven(held, {name: entry.release}, self.now, FRESH),
            self._soaked(name, entry, held),
            g7_window(self.now, opened_by(settings.windows), opened_by(settings.freeze), zone),
        ):
            if verdict.state != "pass" and (verdict.gate != "G3" or held):
                yield f"{verdict.evidence}; {verdict.remedy}" if verdict.state == "deferred" else verdict.evidence
