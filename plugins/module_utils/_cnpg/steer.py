# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""States that steer a cluster which runs: switchover, scaling, fences, hibernation, restarts. Each looks, decides, writes and waits."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import lag, operations, sql
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import running_backups, store_of, window_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.observe import Observed
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import change, finished, settle
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.confirmation import unconfirmed
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Problem, Refused, at, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import application_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import HUMAN

#: Seconds for a replica that has just started to catch up: it is ready before it streams.
CATCHING_UP = 60.0


def switched_over(session: Session, target: str, run: sql.Run, max_lag: int) -> Outcome:
    """Another instance becomes primary. Without a name the ready replica that is least behind does, every time it is asked for."""
    seen = session.look()
    if target and target == seen.primary == seen.target:
        return Outcome(False, seen.cluster, seen.cluster)
    if operations.under_way(seen, target):
        outcome = Outcome(False, seen.cluster, seen.cluster, more={"target": seen.target})
        if not session.check_mode:
            settle(session, outcome, primary=seen.target)
        return replace(outcome, after=session.existing())
    started = session.clock()
    chosen, problems = _heir(session, seen, target, run, max_lag)
    while problems and session.patience.wait and not session.check_mode and session.clock() - started < CATCHING_UP:
        session.tell(f"waits for {chosen}: {problems[0].reason}")
        session.sleep(2.0)
        seen = session.look()
        chosen, problems = _heir(session, seen, target, run, max_lag)
    require(problems)
    if session.check_mode:
        return Outcome(True, seen.cluster, seen.cluster, more={"target": chosen})
    version = str(at(seen.cluster, "metadata", "resourceVersion"))
    written = session.patch(operations.switchover_status(chosen, version, session.now()), "status")
    session.tell(f"0 s: {chosen} takes over from {seen.primary}")
    outcome = Outcome(True, seen.cluster, written, more={"target": chosen})
    settle(session, outcome, primary=chosen)
    return Outcome(True, seen.cluster, session.existing(), more={"target": chosen})


def _heir(session: Session, seen: Observed, target: str, run: sql.Run, max_lag: int) -> tuple[str, list[Problem]]:
    """Who takes over, and what its lag has against it; raises Refused for everything else, which waiting does not mend."""
    fit = [target] if target else operations.successors(seen)
    running = running_backups(session.api.objects(GROUP, "Backup", session.namespace), session.name)
    require(operations.switchover_problems(seen, "".join(fit[:1]), running))
    lags = lag.asked(run, session.namespace, seen.primary)
    chosen = lag.nearest(fit, lags)
    return chosen, list(lag.problems(chosen, lags, max_lag))


def scaled(session: Session, instances: int, confirm_pvc_delete: bool) -> Outcome:
    """Another number of instances."""
    require(operations.scale_problems(session.existing(), instances, confirm_pvc_delete))
    return change(session, {"instances": instances}, Effect.SWITCHOVER, confirmed=("instances",))


def fenced(session: Session, instances: t.Sequence[str], allow_primary: bool, confirm: str, wanted: bool) -> Outcome:
    """A fence around instances, or none: PostgreSQL stops there, pod and volumes stay."""
    seen = session.look()
    names, problems = operations.fence(seen, instances, allow_primary, confirm) if wanted else operations.unfence(seen, instances)
    require(problems)
    return _annotated(session, seen, operations.FENCED, operations.fence_annotation(names), lambda: _fence_is(session, names))


def hibernated(session: Session, wanted: bool, confirm: str = "") -> Outcome:
    """All instances stopped, their volumes kept; or running again. Without an archive that has everything, sleep takes the cluster's name."""
    seen = session.look()
    if not wanted and seen.annotation(operations.HIBERNATION) != "on":
        return _awaited(session, seen)
    if wanted and not at(seen.cluster, "status", "currentPrimary"):
        raise Refused([Problem(session.place, "it has never had a primary", "wait until it is healthy")])
    value = "on" if wanted else "off"
    if wanted:
        if seen.annotation(operations.HIBERNATION) != value:
            _sleep_allowed(session, seen, confirm)
        return _annotated(session, seen, operations.HIBERNATION, value, lambda: operations.hibernation_ended(session.look()))
    outcome = _annotated(session, seen, operations.HIBERNATION, value, lambda: True)
    return outcome if session.check_mode else finished(session, outcome)


def _sleep_allowed(session: Session, seen: Observed, confirm: str) -> None:
    store, server = store_of(seen.cluster)
    risk = operations.sleep_risk(window_of(session.store(store), server), seen.condition("ContinuousArchiving"))
    if risk:
        require(unconfirmed(seen.cluster, confirm, risk, "run state backed_up first, or "))
        session.warn(risk)
    application = application_of(seen.cluster)
    if application:
        session.warn(f"Application {application} of Argo CD wakes it if Git has the annotation {operations.HIBERNATION}; say it there, too")


def restarted(session: Session, since: str, annotation: str) -> Outcome:
    """A rolling restart, or a reload of the configuration. With ``since`` the same one is asked for once."""
    seen = session.look()
    if operations.restarted_since(seen.cluster, annotation, since):
        done = _awaited(session, seen)
    else:
        value = since or session.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        outcome = _annotated(session, seen, annotation, value, lambda: True)
        done = outcome if session.check_mode else finished(session, outcome)
    if done.verdict.state == HUMAN:
        session.warn(f"{done.verdict.message}; {done.verdict.remedy}")
    return done


def _awaited(session: Session, seen: Observed) -> Outcome:
    """What an earlier run has asked for: nothing is written, and it is waited for."""
    outcome = Outcome(False, seen.cluster, seen.cluster)
    return outcome if session.check_mode else finished(session, outcome)


def _annotated(session: Session, seen: Observed, name: str, value: str | None, done: t.Callable[[], bool]) -> Outcome:
    if seen.annotation(name) == (value or ""):
        if not session.check_mode and session.patience.wait:
            session.until(f"{name} to be carried out", done)
        return Outcome(False, seen.cluster, seen.cluster)
    after = session.patch(operations.annotate(name, value))
    if not session.check_mode and session.patience.wait:
        session.until(f"{name} to be carried out", done)
        after = session.existing()
    return Outcome(True, seen.cluster, after)


def _fence_is(session: Session, names: t.Collection[str]) -> bool:
    """Whether exactly the fenced instances do not serve."""
    seen = session.look()
    around_all = operations.ALL in names
    return all(pod.ready != (around_all or pod.name in names) for pod in seen.pods)
