# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a cluster again and again until a commit has arrived there, or has not."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from typing import Literal

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path, read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import ValidationError
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.applications import begun, confirmation, revision_of, seen, syncing_to
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.cluster import Cluster, ClusterAway
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Application
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import GitAway
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import Repository
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.waiting import ROOT, Sight, Watch, after, confirmations, judge, outcome, story

INTERVAL = 3.0
Result = Literal["live", "unhealthy", "unseen", "superseded"]


@dataclasses.dataclass(frozen=True)
class Clock:
    """Time, so that tests need not wait."""

    now: Callable[[], datetime.datetime]
    sleep: Callable[[float], None]


@dataclasses.dataclass(frozen=True)
class Expected:
    """What should arrive: a commit, and with it the releases of components; ``prunes`` if objects go."""

    environment: str
    commit: str
    releases: Mapping[str, str]
    prunes: bool
    stable: int
    timeout: int


class Observer:
    """Applications of one environment, with the release that each of them runs."""

    def __init__(self, repository: Repository, url: str, cluster: Cluster) -> None:
        self.repository = repository
        self.cluster = cluster
        self._url = url
        self._locks: dict[str, dict[str, str]] = {}

    def applications(self) -> dict[str, Application]:
        """All of them. Raises ClusterAway."""
        return {name: self.seen(document) for name, document in self.cluster.applications().items()}

    def seen(self, document: Mapping[str, object]) -> Application:
        """One of them."""
        return seen(document, self._url, self.lock(revision_of(document, self._url)))

    def lock(self, revision: str | None) -> dict[str, str]:
        """Releases by component in the lock of a commit; nothing for a commit that is not known here."""
        if revision is None:
            return {}
        if revision not in self._locks:
            text = self.repository.text(revision, lock_path(self.cluster.environment))
            if text is None:
                return {}
            self._locks[revision] = _releases(text)
        return self._locks[revision]

    def sight(self, expected: Expected) -> Sight:
        """One look; what was not compared with the commit yet is asked for."""
        try:
            documents = {name: document for name, document in self.cluster.applications().items() if name in (ROOT, *expected.releases)}
            found = {name: self.seen(document) for name, document in documents.items()}
            arrived = {name for name, application in found.items() if application.revision and self.repository.holds(application.revision, expected.commit)}
            self.cluster.refresh(document for name, document in documents.items() if name not in arrived)
            self.cluster.end(document for document in documents.values() if self._outlived(document, expected.commit))
            unwell = [documents[name] for name in sorted(arrived - {ROOT}) if found[name].health != "Healthy"]
            return Sight(found, arrived, self.cluster.stuck(begun(unwell)))
        except ClusterAway as problem:
            return Sight(unseen=str(problem))

    def _outlived(self, document: Mapping[str, object], commit: str) -> bool:
        """Whether a sync to what was there before the commit waits for somebody who confirms a deletion: it holds up all that came after."""
        about = syncing_to(document, self._url)
        return bool(confirmation(document)) and about is not None and not self.repository.holds(about, commit)


def wait(observer: Observer, expected: Expected, clock: Clock, say: Callable[[str], None]) -> tuple[Result, str]:
    """Until it is live, or cannot be any more; with the reason."""
    watch = Watch(clock.now())
    told: list[str] = []
    while True:
        _fetched(observer.repository)
        held = observer.lock(observer.repository.tip)
        if moved := sorted(name for name, release in expected.releases.items() if held.get(name) != release):
            return "superseded", f"somebody moved {', '.join(moved)} on in Git"
        sight = observer.sight(expected)
        state, reasons = judge(sight, expected.releases, expected.prunes)
        watch = after(watch, state, reasons, clock.now())
        found = outcome(watch, clock.now(), expected.stable, expected.timeout)
        if found != "waiting":
            told = [f"healthy for {expected.stable} s" if found == "live" else story(watch), confirmations(sight)]
            return found, "; ".join(filter(None, told))
        now = [*(reasons or [f"healthy; it has to stay so for {expected.stable} s"]), confirmations(sight)]
        if now != told:
            say("; ".join(filter(None, now)))
            told = now
        clock.sleep(INTERVAL)


def _fetched(repository: Repository) -> None:
    """Later commits come along as they are pushed; a Git server that is away for a while does not end the wait."""
    try:
        repository.git.fetch()
    except GitAway:
        return


def _releases(text: str) -> dict[str, str]:
    """Of a lock file; one that somebody broke says nothing."""
    try:
        return {name: entry.release for name, entry in read_lock(text).components.items()}
    except (ValidationError, yaml.YAMLError):
        return {}
