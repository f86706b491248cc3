# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing and removing objects beside a cluster."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import companion
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import MANAGER
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, Refused, at, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import owned_by_git
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import FAILED, READY


def brought(session: Session, kind: str, spec: Object, confirm: str = "") -> Outcome:
    """Apply one object and wait until the operator has made it true. What would take data along needs its place as ``confirm``."""
    reference = session.reference(kind, api_version=companion.VERSIONS[kind])
    metadata = {"name": session.name, "namespace": session.namespace}
    document = {"apiVersion": companion.VERSIONS[kind], "kind": kind, "metadata": metadata, "spec": spec}
    require(companion.faults(kind, spec))
    live = session.api.get(reference)
    require([*owned_by_git(live, str(reference)), *companion.loss_problems(kind, live, document, confirm)])
    before = at(_deployment(session, kind), "metadata", "generation")
    try:
        done = session.api.apply(document, MANAGER, dry_run=session.check_mode)
    except KubeError as error:
        raise Refused([explained(error)]) from error
    for warning in done.warnings:
        session.warn(warning)
    if not session.check_mode and session.patience.wait:
        _wait(session, kind, before if done.changed else None)
    return Outcome(done.changed, done.before, done.after)


def removed(session: Session, kind: str, confirm: str) -> Outcome:
    """Delete one object; what it made in PostgreSQL stays unless its reclaim policy and a confirmation say otherwise."""
    reference = session.reference(kind, api_version=companion.VERSIONS[kind])
    live = session.api.get(reference)
    if live is None:
        return Outcome(False)
    require([*owned_by_git(live, str(reference)), *companion.removal_problems(kind, live, confirm)])
    if not session.check_mode:
        session.api.delete(reference)
        if session.patience.wait:
            session.until(f"{reference} to be gone", lambda: session.api.get(reference) is None)
    return Outcome(True, live, None)


def _deployment(session: Session, kind: str) -> Object:
    """A Pooler's; empty for other kinds and where there is none yet."""
    return (session.api.get(session.reference("Deployment", api_version="apps/v1")) or {}) if kind == "Pooler" else {}


def _wait(session: Session, kind: str, before: int | None) -> None:
    reference = session.reference(kind, api_version=companion.VERSIONS[kind])
    started = session.clock()

    def arrived() -> bool:
        live = session.api.get(reference)
        if live is None:
            raise Refused([Problem(str(reference), "somebody removed it meanwhile", "run again")])
        verdict = companion.judge(kind, live, session.clock() - started, companion.Pods(_deployment(session, kind), before))
        if verdict.state == FAILED:
            raise Refused([Problem(str(reference), verdict.message, verdict.remedy)])
        session.tell(verdict.message)
        return bool(verdict.state == READY)

    session.until(f"{reference} to be applied", arrived)
