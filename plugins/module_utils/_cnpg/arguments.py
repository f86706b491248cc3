# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of cnpg_cluster, and the state that they ask for."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import migrate, operations, present, protect, restore, sql, steer, tree, upgrade
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Patience
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object, Problem, at, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

Params = t.Mapping[str, t.Any]

STATES = (
    *("present", "absent", "scaled", "switched_over", "upgraded", "migrated", "backed_up", "verified", "restored"),
    *("hibernated", "running", "fenced", "unfenced", "restarted", "reloaded"),
)
#: How much a change may hurt; what is ignored or forbidden may not be at all.
DISRUPTIONS = tuple(str(effect) for effect in Effect if effect <= Effect.DOWNTIME)
WAITING: dict[str, dict[str, t.Any]] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1800},
    "stable_for": {"type": "int", "default": 10},
}
CHECK: dict[str, dict[str, t.Any]] = {
    "database": {"type": "str", "required": True},
    "sql": {"type": "str", "required": True},
    "expect": {"type": "str"},
    "minimum": {"type": "int"},
}
OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "spec": {"type": "dict"},
    "labels": {"type": "dict", "default": {}},
    "annotations": {"type": "dict", "default": {}},
    "disruption": {"type": "str", "choices": list(DISRUPTIONS), "default": "switchover"},
    "unsafe_reason": {"type": "str", "default": ""},
    "gitops": {"type": "str", "choices": ["refuse", "render"], "default": "refuse"},
    "gitops_path": {"type": "path"},
    "instances": {"type": "int"},
    "confirm_pvc_delete": {"type": "bool", "default": False},
    "confirm": {"type": "str", "default": ""},
    "primary": {"type": "str", "default": ""},
    "max_lag": {"type": "int", "default": 16},
    "members": {"type": "list", "elements": "str", "default": []},
    "allow_primary": {"type": "bool", "default": False},
    "since": {"type": "str", "default": ""},
    "image": {"type": "str"},
    "confirm_extensions": {"type": "list", "elements": "str", "default": []},
    "object_store": {"type": "str"},
    "source_server": {"type": "str"},
    "server_name": {"type": "str", "default": ""},
    "target_time": {"type": "str", "default": ""},
    "target_xid": {"type": "str", "default": ""},
    "target_name": {"type": "str", "default": ""},
    "target_lsn": {"type": "str", "default": ""},
    "target_exclusive": {"type": "bool", "default": False},
    "backup_name": {"type": "str", "default": ""},
    "backup_target": {"type": "str", "choices": ["primary", "prefer-standby"], "default": "prefer-standby"},
    "max_age": {"type": "int", "default": 0},
    "scratch_namespace": {"type": "str"},
    "checks": {"type": "list", "elements": "dict", "default": [], "options": CHECK},
    "proven_within": {"type": "int", "default": 24},
    "progress_path": {"type": "path"},
    **WAITING,
}
REQUIRED_IF = [
    ["state", "present", ["spec"]],
    ["state", "scaled", ["instances"]],
    ["state", "upgraded", ["image"]],
    ["state", "migrated", ["object_store"]],
    ["state", "restored", ["spec", "object_store", "source_server"]],
    ["state", "fenced", ["members"]],
    ["gitops", "render", ["gitops_path"]],
]


def patience_of(params: Params) -> Patience:
    """How long to wait."""
    return Patience(params["wait"], float(params["wait_timeout"]), float(params["stable_for"]))


def carried_out(session: Session, params: Params, run: sql.Run) -> Outcome:
    """The state that was asked for."""
    state = params["state"]
    most = Effect[params["disruption"].upper()]
    hours = datetime.timedelta(hours=1)
    proven = params["proven_within"] * hours
    doings: dict[str, t.Callable[[], Outcome]] = {
        "present": lambda: _present(session, params, most),
        "absent": lambda: protect.absent(session, params["confirm"], proven),
        "scaled": lambda: steer.scaled(session, params["instances"], params["confirm_pvc_delete"]),
        "switched_over": lambda: steer.switched_over(session, params["primary"], run, params["max_lag"]),
        "upgraded": lambda: upgrade.upgraded(
            session, params["image"], params["server_name"], run, upgrade.Leave(most, proven, params["max_lag"], params["confirm_extensions"])
        ),
        "migrated": lambda: migrate.migrated(session, params["object_store"], params["server_name"], most),
        "backed_up": lambda: protect.backed_up(session, run, params["backup_name"], params["backup_target"], params["max_age"] * hours),
        "verified": lambda: restore.verified(session, run, _scratch(params), _checks(params), params["max_age"] * hours),
        "restored": lambda: restore.restored(session, params["spec"], _origin(params), params["server_name"], params["unsafe_reason"], _marks(params)),
        "hibernated": lambda: steer.hibernated(session, wanted=True, confirm=params["confirm"]),
        "running": lambda: steer.hibernated(session, wanted=False),
        "fenced": lambda: steer.fenced(session, params["members"], params["allow_primary"], params["confirm"], wanted=True),
        "unfenced": lambda: steer.fenced(session, params["members"], params["allow_primary"], params["confirm"], wanted=False),
        "restarted": lambda: steer.restarted(session, params["since"], operations.RESTARTED),
        "reloaded": lambda: steer.restarted(session, params["since"], operations.RELOADED),
    }
    return doings[state]()


def _marks(params: Params) -> Object:
    return {key: params[key] for key in ("labels", "annotations") if params[key]}


def _present(session: Session, params: Params, most: Effect) -> Outcome:
    wanted = present.document(session, params["spec"], _marks(params))
    if params["gitops"] == "render":
        return tree.rendered(session, wanted, params["gitops_path"], most, params["unsafe_reason"])
    return present.present(session, wanted, most, params["unsafe_reason"])


def _scratch(params: Params) -> str:
    wanted = params["scratch_namespace"] or f"{params['namespace']}-{params['name']}-trial"
    if wanted == params["namespace"]:
        require([Problem("scratch_namespace", "is the namespace of the cluster itself, and would be removed", "name another one")])
    return str(wanted)[:63]


def _checks(params: Params) -> list[sql.Check]:
    return [sql.Check(check["database"], check["sql"], check["expect"], check["minimum"]) for check in params["checks"]]


def _origin(params: Params) -> restore.Origin:
    targets = {key: params[key] for key in ("target_time", "target_xid", "target_name", "target_lsn")}
    return restore.Origin(params["object_store"], params["source_server"], targets, params["target_exclusive"])


def summary(cluster: Object | None) -> dict[str, t.Any]:
    """What people and later tasks need of a cluster: how it is, where it answers, and which Secrets open it (names only)."""
    if cluster is None:
        return {}
    name, status = str(at(cluster, "metadata", "name")), at(cluster, "status") or {}
    return {
        "name": name,
        "namespace": at(cluster, "metadata", "namespace"),
        "phase": status.get("phase", ""),
        "phase_reason": status.get("phaseReason", ""),
        "instances": at(cluster, "spec", "instances"),
        "ready_instances": status.get("readyInstances", 0),
        "primary": status.get("currentPrimary", ""),
        "image": status.get("image") or at(cluster, "spec", "imageName") or "",
        "timeline": status.get("timelineID"),
        "hosts": {role: f"{name}-{role}.{at(cluster, 'metadata', 'namespace')}.svc" for role in ("rw", "ro", "r")},
        "secrets": {"app": f"{name}-app", "superuser": f"{name}-superuser" if at(cluster, "spec", "enableSuperuserAccess") else None},
    }
