# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What samples of etcd and of the API say about a stretch of time (pure). Times are seconds on one clock that only goes forward."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

#: A voter that listens but answers no read for longer than this is lost; until then it may be electing. With K3s's election
#: timeout of 5 s the members stand for election 5 to 10 s after the leader's last sign (etcd, raft), and reads wait for the outcome.
ELECTION = 15.0
#: Longest time between two samples of one kind that still counts as watching.
BLIND = 5.0


@dataclasses.dataclass(frozen=True)
class Read:
    """One linearizable read of the member list from one server. ``voters`` is None when it gave none."""

    at: float
    server: str
    listening: bool
    voters: frozenset[str] | None = None


@dataclasses.dataclass(frozen=True)
class Call:
    """One request to the API, on a connection of its own."""

    at: float
    ok: bool


@dataclasses.dataclass(frozen=True)
class Moment:
    """What was the case from this time on: the voters that etcd counts, those of them that were healthy, and that were away."""

    at: float
    voters: frozenset[str]
    healthy: frozenset[str]
    away: frozenset[str]

    @property
    def spare(self) -> int:
        """How many voters could have been lost without losing the majority; negative when it was lost."""
        return len(self.healthy) - (len(self.voters) // 2 + 1)


def moments(reads: t.Iterable[Read], election: float = ELECTION) -> list[Moment]:
    """The states that follow from the reads, each different from the one before; none before the first list of voters.

    A voter is away when nothing listens on its port, and healthy when it is not away and has answered a read within the
    time of an election. Who votes is what the latest answer says: a majority agreed to it.
    """
    voters: frozenset[str] = frozenset()
    answered: dict[str, float] = {}
    away: set[str] = set()
    states: list[Moment] = []
    for read in sorted(reads, key=lambda read: read.at):
        (away.discard if read.listening else away.add)(read.server)
        if read.voters is not None:
            voters, answered[read.server] = read.voters, read.at
        if not voters:
            continue
        # A voter that was never asked is taken as healthy until it is.
        silent = {server for server in voters if read.at - answered.setdefault(server, read.at) > election}
        state = Moment(read.at, voters, voters - away - silent, voters & away)
        if not states or dataclasses.replace(state, at=states[-1].at) != states[-1]:
            states.append(state)
    return states


def longest_gap(calls: t.Iterable[Call]) -> float:
    """Longest time a client was not served: from the last request that was to the next one that was, with failures between.

    A gap that the first or last request lies in is counted as far as it was seen.
    """
    longest, since, failed, last = 0.0, None, False, 0.0
    for call in sorted(calls, key=lambda call: call.at):
        since = call.at if since is None else since
        if failed and call.ok:
            longest = max(longest, call.at - since)
        if call.ok:
            since = call.at
        failed, last = not call.ok, call.at
    return max(longest, last - since) if failed and since is not None else longest


def longest_blindness(times: t.Iterable[float], start: float, end: float) -> float:
    """Longest time within [start, end] without a sample."""
    marks = [start, *sorted(times), end]
    return max(later - earlier for earlier, later in itertools.pairwise(marks))


@dataclasses.dataclass(frozen=True)
class Report:
    """What was seen from ``start`` to ``end``."""

    start: float
    end: float
    reads: tuple[Read, ...]
    calls: tuple[Call, ...]

    @property
    def moments(self) -> list[Moment]:
        """States of the voters in order."""
        return moments(self.reads)

    def longest_gap(self) -> float:
        """Longest time the API was not served at its address, in seconds; raises AssertionError when nobody watched."""
        self._assert_watched(call.at for call in self.calls)
        return longest_gap(self.calls)

    def assert_majority_kept(self) -> None:
        """At every time the healthy voters were a majority of all, and at most one was away."""
        self._assert_watched(read.at for read in self.reads)
        states = self.moments
        assert states, f"etcd's voters were never seen in {self.end - self.start:.0f} s"
        lost = [state for state in states if state.spare < 0 or len(state.away) > 1]
        assert not lost, f"the majority was lost, or two servers were away at once:\n{self.time_line()}"

    def time_line(self) -> str:
        """The states and the API's failures, one per line, with seconds since the start."""
        rows = [(state.at, _row(state)) for state in self.moments]
        for before, call in itertools.pairwise((Call(self.start, True), *self.calls)):
            if call.ok != before.ok:
                rows.append((call.at, "API served again" if call.ok else "API not served"))
        return "\n".join(f"{at - self.start:7.1f} s  {text}" for at, text in sorted(rows))

    def _assert_watched(self, times: t.Iterable[float]) -> None:
        blind = longest_blindness(times, self.start, self.end)
        assert blind <= BLIND, f"nothing was looked at for {blind:.1f} s"


def _row(state: Moment) -> str:
    lost = [*(f"{name} away" for name in sorted(state.away)), *(f"{name} silent" for name in sorted(state.voters - state.healthy - state.away))]
    return f"{len(state.healthy)} of {len(state.voters)} voters healthy" + (f": {', '.join(lost)}" if lost else "")
