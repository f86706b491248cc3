# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a promotion's commit to its record: wait until it is live, take it back if it is not. Everything is read from Git and the cluster."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import Lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import Move, locks_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.cluster import ClusterAway
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.delta import Delta, delta, objects_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.message import kept, trailer
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.migration import migrating, namespaces_of, way_back
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import Outcome as Recorded
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import Record, record_path
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import Recorded as Way
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import Conflict
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import Commit
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import Outcome, settings_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.surroundings import World
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.wait import Expected, Result, wait


@dataclasses.dataclass(frozen=True)
class Written:
    """A promotion as its commit tells it."""

    commit: Commit
    target: str
    moves: tuple[Move, ...]
    delta: Delta

    @property
    def name(self) -> str:
        """Its name."""
        return self.commit.one("Promotion-Id")


class Finisher:
    """Ends promotions."""

    def __init__(self, loaded: Loaded, world: World) -> None:
        self._loaded = loaded
        self._world = world

    def finish(self, commit: Commit) -> Outcome:
        """What came of it, with its record; or unseen, and a repeated run goes on here."""
        written = self._read(commit)
        repository = self._world.repository
        reverted = repository.reverted(commit.sha, repository.tip)
        if reverted is None:
            after = {move.component: move.after.release for move in written.moves if move.after}
            found, reason = self._wait(written.target, commit.sha, after, bool(written.delta.pruned))
            if found == "unseen":
                return self._unseen(written, reason)
            if found != "unhealthy":
                return self._recorded(written, found, reason, None)
            if changed := migrating(written.moves):
                return self._recorded(written, "stopped", f"{reason}\n{self._way_back(written, changed)}", None)
            self._world.say(f"{written.name} is not healthy and is taken back: {reason}")
            try:
                reverted = self._world.writer.revert(commit.sha, reason)
            except Conflict as problem:
                return self._recorded(written, "stopped", f"{reason}; {problem}", None)
        return self._back(written, repository.commit(reverted))

    def take_back(self, commit: Commit, reason: str, *, dry_run: bool = False) -> Outcome:
        """One that arrived, and is not wanted any more; a dry run says what would come of it. Raises Conflict."""
        written = self._read(commit)
        if changed := migrating(written.moves):
            return Outcome("stopped", self._way_back(written, changed))
        repository = self._world.repository
        reverted = repository.reverted(commit.sha, repository.tip)
        if dry_run:
            how = f"was taken back by {reverted}; the wait and its record would be done again" if reverted else f"would be taken back: a revert of {commit.sha}"
            return Outcome("planned", f"{written.name} {how}")
        reverted = reverted or self._world.writer.revert(commit.sha, reason)
        return self._back(written, repository.commit(reverted))

    def _back(self, written: Written, revert: Commit) -> Outcome:
        """The same wait, for what was there before."""
        before = {move.component: move.before.release for move in written.moves if move.before}
        why = revert.one("Reason") or "somebody took it back by hand"
        found, said = self._wait(written.target, revert.sha, before, bool(written.delta.added))
        if found == "unseen":
            return self._unseen(written, f"{why}; it was taken back as {revert.sha[:12]}, and {said}")
        ending = "what was there before is live again" if found == "live" else f"what was there before is {found}, too: {said}"
        return self._recorded(written, "reverted", f"{why}; {ending}", revert.sha)

    def _way_back(self, written: Written, changed: Sequence[Move]) -> str:
        try:
            namespaces = namespaces_of(changed, self._loaded.matrix.databases.postgresql)
            databases = self._world.observers[written.target].cluster.databases(namespaces)
        except ClusterAway:
            databases = []
        context = f"{self._loaded.site.id}-{written.target}"
        return way_back(changed, context, databases, written.commit.sha, written.commit.at)

    def _wait(self, target: str, commit: str, releases: dict[str, str], prunes: bool) -> tuple[Result, str]:
        settings = settings_of(self._loaded, target)
        expected = Expected(target, commit, releases, prunes, settings.stable, settings.timeout)
        return wait(self._world.observers[target], expected, self._world.clock, self._world.say)

    def _unseen(self, written: Written, reason: str) -> Outcome:
        how = f"nobody knows what became of {written.name}: {reason}. See that Argo CD and the cluster's API are there, and run this again: it goes on waiting"
        return Outcome("unseen", how)

    def _recorded(self, written: Written, outcome: Recorded, reason: str, revert: str | None) -> Outcome:
        commit, now = written.commit, self._world.clock.now()
        merged = self._world.repository.merged(written.name, self._world.repository.tip)
        record = Record(
            id=written.name,
            source=commit.one("Promoted-From"),
            target=written.target,
            asked_by=commit.one("Promoted-By"),
            approved_by=(merged or commit).all("Approved-By"),
            approved_commit=commit.sha if merged else commit.one("Approved-Commit") or None,
            ticket=commit.one("Ticket") or None,
            releases=[_way(move) for move in written.moves],
            gates=(merged or commit).all("Gate"),
            commit=commit.sha,
            written_at=commit.at.astimezone(datetime.UTC).isoformat(),
            ended_at=now.astimezone(datetime.UTC).isoformat(),
            seconds=int((now - commit.at).total_seconds()),
            outcome=outcome,
            reason=kept(reason),
            revert=revert,
        )
        number = written.name.rpartition("-")[2]
        tag = (f"promoted/{written.target}/{number}", commit.sha) if outcome == "live" else None
        text = f"Record {written.name}: {outcome}\n\n{trailer('Promotion-Record', written.name)}\n{trailer('Reason', reason)}\n"
        self._world.writer.record(record_path(written.name), record.to_text(), text, tag)
        return Outcome(outcome, f"{written.name}: {outcome}; {reason}", record=record)

    def _read(self, commit: Commit) -> Written:
        repository, target = self._world.repository, commit.one("Promoted-To")
        trees = [repository.tree(sha) for sha in (commit.parent, commit.sha)]
        before, after = (locks_of(tree, target) for tree in trees)
        names = sorted(before.components.keys() | after.components.keys())
        moves = tuple(move for name in names if (move := _move(name, before, after)).before != move.after)
        return Written(commit, target, moves, delta(objects_of(trees[0], before, target), objects_of(trees[1], after, target)))


def _move(name: str, before: Lock, after: Lock) -> Move:
    return Move(name, before.components.get(name), after.components.get(name))


def _way(move: Move) -> Way:
    old, new = move.before, move.after
    return Way(
        component=move.component,
        before=old.release if old else None,
        after=new.release if new else None,
        version_before=old.version if old else None,
        version_after=new.version if new else None,
    )
