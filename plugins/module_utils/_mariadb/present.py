# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a definition to a cluster: what would change, whether it may, and waiting for it. Every state that changes the definition ends here."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Applied, KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import guards, versions
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.classify import classify, setting_of
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP, MANAGER
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.readiness import Wish
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.refusals import explained, git_owns
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Change, Effect, Object, Refused, at, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome, refusals
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import applied
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import Verdict


def document(session: Session, spec: Object, metadata: Object | None = None) -> Object:
    """A MariaDB as it is applied."""
    return {"apiVersion": GROUP, "kind": "MariaDB", "metadata": {**(metadata or {}), "name": session.name, "namespace": session.namespace}, "spec": spec}


def present(session: Session, wanted: Object, most: Effect) -> Outcome:
    """The definition, applied as a whole."""
    require(guards.faults(session.name, wanted.get("spec") or {}))
    return bring(session, wanted, most)


def change(session: Session, own: Object, most: Effect, confirmed: t.Collection[str] = ()) -> Outcome:
    """A part of the definition, laid over what was last applied, so that the rest of it stays ours. ``confirmed`` are paths that may be forbidden."""
    base = applied(session.existing(), MANAGER)
    metadata = {key: value for key, value in (base.get("metadata") or {}).items() if key in ("annotations", "labels")}
    return bring(session, document(session, overlaid(base.get("spec") or {}, own), metadata), most, confirmed)


def bring(session: Session, wanted: Object, most: Effect, confirmed: t.Collection[str] = ()) -> Outcome:
    """Server dry run, classification, apply, wait. Nothing is changed if any part of it may not be."""
    tried = _tried(session, wanted)
    changes = _classified(session, tried)
    require(refusals(changes, most, confirmed))
    session.warn("; ".join(tried.warnings))
    session.warn(versions.series_note(at(tried.before, "spec", "image"), at(tried.after, "spec", "image")))
    outcome = Outcome(tried.changed, tried.before, tried.after, changes)
    if session.check_mode:
        return outcome
    if tried.changed:
        outcome = replace(outcome, after=_sent(session, wanted, dry_run=False).after)
    verdict = settle(session, outcome)
    return replace(outcome, after=session.existing(), verdict=verdict)


def settle(session: Session, outcome: Outcome) -> Verdict:
    """Wait for what was applied. What was only labelled or annotated need not be watched."""
    after = outcome.after or session.existing()
    is_new = outcome.before is None
    return session.settled(Wish(after["spec"]), outcome.changed and (is_new or at(outcome.before, "spec") != after["spec"]))


def _tried(session: Session, wanted: Object) -> Applied:
    """The dry run. Where it is refused, our own classification says what the API server's words leave open."""
    live = session.cluster()
    require(git_owns(live, session.place))
    try:
        return _sent(session, wanted, dry_run=True)
    except Refused as refused:
        if live is None:
            raise
        likely = classify(live["spec"], overlaid(live["spec"], wanted["spec"]), setting_of(live))
        raise Refused([*refused.problems, *refusals(likely, Effect.DOWNTIME)]) from refused


def _sent(session: Session, wanted: Object, dry_run: bool) -> Applied:
    try:
        return session.api.apply(wanted, MANAGER, dry_run=dry_run)
    except KubeError as error:
        raise Refused([explained(error)]) from error


def _classified(session: Session, tried: Applied) -> tuple[Change, ...]:
    if tried.before is None:
        return ()
    old, new = tried.before["spec"], tried.after["spec"]
    grows = at(old, "storage", "size") != at(new, "storage", "size")
    setting = setting_of(tried.before, session.growing() if grows else None)
    marks = [{key: at(thing, "metadata", key) or {} for key in ("annotations", "labels")} for thing in (tried.before, tried.after)]
    return (*classify(old, new, setting), *classify({"metadata": marks[0]}, {"metadata": marks[1]}, setting))
