# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way off the Barman inside the operator, in one change, so that WAL is never archived twice or not at all."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import backups
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import MANAGER, PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import allowed, finished, merged, sent
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.recovery import archiving_to
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Applied, KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Effect, Object, Problem, Refused, at, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import owned_by_git

PLUGINS = "f:plugins"
#: How often the list of owners is written again if somebody changed the object meanwhile; the operator does so after every change.
ATTEMPTS = 10


def migrated(session: Session, store: str, server: str, most: Effect) -> Outcome:
    """From spec.backup.barmanObjectStore to the plugin. Once it is there, only waited for."""
    cluster = session.existing()
    require(owned_by_git(cluster, session.place))
    if not at(cluster, "spec", "backup", "barmanObjectStore"):
        if not backups.store_of(cluster)[0]:
            raise Refused([Problem(session.place, "there is nothing to migrate: it archives nowhere", "add the plugin to spec.plugins")])
        return _ended(session, Outcome(False, cluster, cluster))
    if session.store(store) is None:
        raise Refused([Problem(session.place, f"there is no ObjectStore {store}", "make it with cnpg_objectstore, with the same destinationPath")])
    current = str(at(cluster, "spec", "backup", "barmanObjectStore", "serverName") or session.name)
    plugins = archiving_to(cluster["spec"], store, server or current)["plugins"]
    body = {"spec": {"backup": {"barmanObjectStore": None, "retentionPolicy": None}, "plugins": plugins}}
    tried = replace(session, check_mode=True).patch(body)
    outcome = Outcome(True, cluster, tried, allowed(session, Applied(cluster, tried, changed=True), most))
    if session.check_mode:
        return outcome
    outcome = replace(outcome, after=session.patch(body))
    session.warn(f"ScheduledBackups of this cluster still say method barmanObjectStore: set method plugin and pluginConfiguration {PLUGIN}")
    return _ended(session, outcome)


def _ended(session: Session, outcome: Outcome) -> Outcome:
    if session.check_mode:
        return outcome
    _adopt(session)
    return finished(session, outcome)


def _adopt(session: Session) -> None:
    """Make spec.plugins a part of the definition: first both managers own it, then the one.

    A server-side apply cannot take fields away from others, so the change was a patch by the manager of single operations; and as long as that owns the
    list, every other definition of it is a conflict.
    """
    for _attempt in range(ATTEMPTS):
        live = session.existing()
        if released(live) == (at(live, "metadata", "managedFields") or []):
            return
        live = sent(session, merged(session, live, {"plugins": at(live, "spec", "plugins")}), dry_run=False).after
        change = {"metadata": {"resourceVersion": live["metadata"]["resourceVersion"], "managedFields": released(live)}}
        try:
            session.api.patch(session.reference(), change, MANAGER)
        except KubeError as error:
            if error.status != 409:
                raise
    raise Refused([Problem(session.place, "it migrated, but somebody changes it all the time, so its plugins are not ours to define yet", "run again")])


def released(live: Object) -> list[Object]:
    """metadata.managedFields without what single operations own of spec.plugins (pure)."""
    return [entry for entry in map(_without_plugins, at(live, "metadata", "managedFields") or []) if entry]


def _without_plugins(entry: Object) -> Object:
    spec = at(entry, "fieldsV1", "f:spec") or {}
    if entry.get("manager") != OPERATOR or entry.get("subresource") or PLUGINS not in spec:
        return entry
    rest = {key: value for key, value in entry["fieldsV1"].items() if key != "f:spec"}
    other = {key: value for key, value in spec.items() if key != PLUGINS}
    fields = {**rest, **({"f:spec": other} if other else {})}
    return {**entry, "fieldsV1": fields} if fields else {}
