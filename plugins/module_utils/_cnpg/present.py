# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a definition to a cluster: what would change, whether it may, and waiting for it. Every state that changes the spec ends here."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import archives, guards, recovery, release, volumes
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import store_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import SIZES, Setting, classify, setting_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, MANAGER, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.readiness import Wish, crowded
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Applied, KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import differences, overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Change, Effect, Object, Refused, at, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome, refusals
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import applied, owned_by_git
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import READY, Verdict


def document(session: Session, spec: Object, metadata: Object | None = None) -> Object:
    """A Cluster as it is applied."""
    return {"apiVersion": GROUP, "kind": "Cluster", "metadata": {**(metadata or {}), "name": session.name, "namespace": session.namespace}, "spec": spec}


def present(session: Session, wanted: Object, most: Effect, unsafe_reason: str = "") -> Outcome:
    """The definition, applied as a whole."""
    annotations = at(wanted, "metadata", "annotations") or {}
    require(guards.faults(session.name, wanted.get("spec") or {}, annotations, unsafe_reason))
    outcome = bring(session, wanted, most, renders=True)
    if outcome.changed and session.patience.wait and not session.check_mode:
        session.warn(_lost_warning(session))
    return outcome


def _lost_warning(session: Session) -> str:
    names = [volume.volume for volume in session.look().volumes if volume.volume]
    try:
        return volumes.lost_warning([session.api.get(Reference("v1", "PersistentVolume", name)) or {} for name in names])
    except KubeError:  # an account of one namespace may not look
        return ""


def change(session: Session, own: Object, most: Effect, confirmed: t.Collection[str] = ()) -> Outcome:
    """A part of the definition, laid over what was last applied, so that the rest of it stays ours. ``confirmed`` are paths that may be forbidden."""
    return bring(session, merged(session, session.existing(), own), most, confirmed)


def merged(session: Session, live: Object, own: Object) -> Object:
    """A part of the definition over what was last applied."""
    base = applied(live, MANAGER)
    metadata = {key: value for key, value in (base.get("metadata") or {}).items() if key in ("annotations", "labels")}
    return document(session, overlaid(base.get("spec") or {}, own), metadata)


def bring(session: Session, wanted: Object, most: Effect, confirmed: t.Collection[str] = (), renders: bool = False) -> Outcome:
    """Server dry run, classification, apply, wait. Nothing is changed if any part of it may not be."""
    tried = _tried(session, wanted, renders)
    changes = allowed(session, tried, most, confirmed)
    outcome = Outcome(tried.changed, tried.before, tried.after, changes)
    if session.check_mode:
        return outcome
    if tried.changed:
        done = sent(session, wanted, dry_run=False)
        outcome = replace(outcome, after=done.after)
    return finished(session, outcome)


def allowed(session: Session, tried: Applied, most: Effect, confirmed: t.Collection[str] = ()) -> tuple[Change, ...]:
    """What the change of a dry run does, with its warnings; raises Refused if any part of it may not be."""
    changes = _classified(session, tried)
    others = session.api.objects(GROUP, "Cluster", session.namespace) if tried.changed else []
    stores = _stores(session) if tried.changed and store_of(tried.after)[0] else []
    version = release.installed(session.api) if tried.changed else None
    taken = archives.problems(tried.before, tried.after, others, stores)
    require([*refusals(changes, most, confirmed), *taken, *release.problems(version, tried.after["spec"])])
    for warning in ("; ".join(tried.warnings), *release.warnings(version, tried.after["spec"])):
        session.warn(warning)
    return changes


def _stores(session: Session) -> list[Object]:
    try:
        return session.api.objects(STORE_GROUP, "ObjectStore", session.namespace)
    except KubeError as error:
        if error.reason != "NotServed":
            raise
        return []


def finished(session: Session, outcome: Outcome) -> Outcome:
    """Waited for, and with the cluster as it is then."""
    verdict = settle(session, outcome)
    after = session.existing()
    session.warn(crowded(after) if verdict.state == READY else "")
    return replace(outcome, after=after, verdict=verdict)


def settle(session: Session, outcome: Outcome, primary: str = "") -> Verdict:
    """Wait for what was applied."""
    after = outcome.after or session.existing()
    if at(after, "metadata", "annotations", "cnpg.io/hibernation") == "on":
        session.warn("the cluster is hibernated: the change counts once it runs again (state running)")
        return Verdict(READY)
    status = at(outcome.before, "status") or {}
    before = (str(status.get("phase") or ""), str(status.get("phaseReason") or ""))
    restarted = str(at(after, "metadata", "annotations", "kubectl.kubernetes.io/restartedAt") or "")
    verdict = session.settled(Wish(after["spec"], before, restarted, primary), outcome.changed)
    session.warn(recovery.recovered_warning(after["spec"]) if verdict.state == READY else "")
    return verdict


def _tried(session: Session, wanted: Object, renders: bool) -> Applied:
    """The dry run. Where it is refused, our own classification says what the API server's words leave open."""
    live = session.cluster()
    require(owned_by_git(live, session.place, renders))
    try:
        return sent(session, wanted, dry_run=True)
    except Refused as refused:
        if live is None:
            raise
        likely = classify(live["spec"], overlaid(live["spec"], wanted["spec"]), setting_of(live))
        raise Refused([*refused.problems, *refusals(likely, Effect.DOWNTIME)]) from refused


def sent(session: Session, wanted: Object, dry_run: bool) -> Applied:
    """Applied, or tried; raises Refused with the next step."""
    try:
        return session.api.apply(wanted, MANAGER, dry_run=dry_run)
    except KubeError as error:
        raise Refused([explained(error)]) from error


def _classified(session: Session, tried: Applied) -> tuple[Change, ...]:
    if tried.before is None:
        return ()
    old, new = tried.before["spec"], tried.after["spec"]
    found = classify(old, new, setting(session, tried.before, new))
    return (*found, *classify(_marks(tried.before), _marks(tried.after), setting_of(tried.before)))


def setting(session: Session, live: Object, after: Object) -> Setting:
    """How a change reaches the primary; where volumes would grow, with those that cannot."""
    if not any(SIZES.fullmatch(path) for path, _old, _new in differences(live["spec"], after)):
        return setting_of(live)
    classes = session.api.objects("storage.k8s.io/v1", "StorageClass")
    return setting_of(live, volumes.fixed(live["spec"], session.look(live).volumes, classes))


def _marks(thing: Object) -> Object:
    return {"metadata": {key: at(thing, "metadata", key) or {} for key in ("annotations", "labels")}}
