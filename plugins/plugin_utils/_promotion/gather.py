# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the repository and two clusters to what every gate says."""

from __future__ import annotations

import datetime
import json
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import FOLDER, SPEC
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_promotion import Window as WindowPart
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import Change, locks_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.cluster import PROMETHEUS, ClusterAway
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.gates_cluster import g2_proven, g3_soak, g6_drift, g9_data
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.gates_git import g0_clean, g1_chain, g8_authority
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.gates_release import g4_tested, g5_rendered, g7_window
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.migration import migrating, namespaces_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Authority, Rendered, Result
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import arrivals, rejected
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import Repository
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import Request, settings_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.trusted import records_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.verdict import Verdict
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.wait import Observer
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.windows import Window

#: Argo CD looks at Git every two or three minutes; what it saw longer ago says nothing.
FRESH = 300
RESULTS = "audit/tests"


class Gates:
    """All gates of one promotion. ``tree`` is the server's, at ``tip``."""

    def __init__(self, loaded: Loaded, request: Request, repository: Repository, observers: Mapping[str, Observer], tip: str) -> None:
        self.loaded = loaded
        self.request = request
        self.repository = repository
        self.observers = observers
        self.tip = tip
        self.tree = repository.tree(tip)
        self.settings = settings_of(loaded, request.target)

    def verdicts(self, change: Change, locked_by: str | None, now: datetime.datetime) -> list[Verdict]:
        """What each gate says, in their order; nobody has approved yet."""
        request, site = self.request, self.loaded.matrix.site
        releases = {move.component: move.after.release for move in change.moves if move.after}
        records = records_of(self.loaded, self.repository, self.tree, self.tip, releases.values())
        zone = zoneinfo.ZoneInfo(site.timezone or "UTC")
        order = list(self.loaded.matrix.environments)
        return [
            g0_clean(self.repository.clone(locked_by), self.repository.branch),
            g1_chain(order, request.source, request.target, rejected(records, request.target), releases.values(), request.force_reason),
            *self._source(releases, arrivals(records, request.source, releases), now),
            self._tested(releases),
            self._asked("G5", request.target, lambda observer: self._rendered(observer, change)),
            self._asked("G6", request.target, lambda observer: g6_drift([*change.drifts, *observer.cluster.drifts(observer.cluster.applications().values())])),
            g7_window(now, opened_by(self.settings.windows), opened_by(self.settings.freeze), zone),
            self.authority(change, frozenset()),
            self._asked("G9", request.target, lambda observer: self._data(observer, change, now)),
        ]

    def authority(self, change: Change, approvers: frozenset[str]) -> Verdict:
        """G8: everything that is taken on trust was brought by people who may, and enough others agree.

        Who may in the source or in the target vouches for the source's lock and for results of tests. A release was brought where the chain begins,
        so that whoever may in any environment up to the target vouches for it. Asking and approving is for those of the target alone.
        """
        settings = self.settings
        signers = {what: self._voucher(path, environments) for what, path, environments in self._trusted(change)} if settings.signed else {}
        return g8_authority(Authority(self.repository.me(), signers, approvers), settings.people, settings.approvals, settings.signed)

    def _source(self, releases: Mapping[str, str], arrived: Mapping[str, datetime.datetime], now: datetime.datetime) -> list[Verdict]:
        """G2 and G3, from one look; ``arrived`` is what records say of the releases, by component."""
        source, soak = self.request.source, settings_of(self.loaded, self.request.source).soak
        if not releases:
            return [Verdict("G2", "pass", "nothing comes, components only go"), Verdict("G3", "pass", "nothing comes, components only go")]
        try:
            observer = self.observers[source]
            found = [application for name, application in observer.applications().items() if name in releases]
            catalogue = Catalogue()
            measured = PROMETHEUS in locks_of(self.tree, source).components
            alerts = observer.cluster.alerts(catalogue[PROMETHEUS].namespace, soak, now) if measured else []
        except ClusterAway as problem:
            return [Verdict(gate, "fail", str(problem), "see that the cluster's API can be reached") for gate in ("G2", "G3")]
        soaked = g3_soak(found, arrived, alerts, now, soak)
        if soaked.state == "deferred" and self.request.hotfix.strip():
            soaked = Verdict("G3", "waived", f"{soaked.evidence}; waived: {self.request.hotfix.strip()}")
        return [g2_proven(found, releases, now, FRESH), soaked]

    def _tested(self, releases: Mapping[str, str]) -> Verdict:
        tests = settings_of(self.loaded, self.request.source).tests
        required = {f"{test} of {component}": release for component, release in releases.items() for test in tests}
        results = [
            Result(f"{test} of {component}", release, passed=_passed(text))
            for component, release in releases.items()
            for test in tests
            if (text := self.tree.get(result_path(component, release, test))) is not None
        ]
        return g4_tested(results, required)

    def _voucher(self, path: str, environments: Sequence[str]) -> str | None:
        """Who signed the commit that brought a file, if it is somebody who may in one of these environments."""
        signer = self.repository.signer(self.repository.bringer(path, self.tip))
        return signer if any(signer in settings_of(self.loaded, key).people for key in environments) else None

    def _trusted(self, change: Change) -> Iterator[tuple[str, str, Sequence[str]]]:
        """(what, file, environments whose people vouch for it) of releases, results of tests, and the source's lock."""
        source, target, order = self.request.source, self.request.target, list(self.loaded.matrix.environments)
        here, way = (source, target), order[: order.index(target) + 1]
        tests = settings_of(self.loaded, source).tests
        yield f"the lock of {source}", lock_path(source), here
        for move in change.moves:
            if move.after:
                yield f"release {move.after.release} of {move.component}", f"{FOLDER}/{move.component}/{move.after.release}/{SPEC}", way
                results = (result_path(move.component, move.after.release, test) for test in tests)
                yield from ((path, path, here) for path in results if path in self.tree)

    def _rendered(self, observer: Observer, change: Change) -> Verdict:
        unserved = tuple(f"the cluster of {self.request.target} does not serve {what}" for what in observer.cluster.unserved(change.delta.kinds))
        return g5_rendered(Rendered((*change.faults, *unserved), change.delta.pruned), self.request.allow_prune)

    def _data(self, observer: Observer, change: Change, now: datetime.datetime) -> Verdict:
        databases = observer.cluster.databases(namespaces_of(change.moves, self.loaded.matrix.databases.postgresql))
        return g9_data(databases, now, self.settings.backup_age, bool(migrating(change.moves)))

    def _asked(self, gate: str, environment: str, question: Callable[[Observer], Verdict]) -> Verdict:
        try:
            return question(self.observers[environment])
        except ClusterAway as problem:
            return Verdict(gate, "fail", str(problem), "see that the cluster's API can be reached")


def result_path(component: str, release: str, test: str) -> str:
    """Where the result of a test stands: bound to the very release."""
    return f"{RESULTS}/{component}/{release}/{test}.json"


def _passed(text: str) -> bool:
    try:
        return json.loads(text).get("passed") is True
    except (ValueError, AttributeError):
        return False


def opened_by(parts: Sequence[WindowPart]) -> list[Window]:
    """Windows of the matrix."""
    return [Window(part.schedule, part.lasts) for part in parts]
