# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules about MariaDB do around their work: client, progress, result, and one way to fail."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._kube.arguments import kube_of
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import members_of
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Patience
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Refused, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._operator.shown import definition

WAITING: dict[str, dict[str, t.Any]] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1800},
    "stable_for": {"type": "int", "default": 10},
}


def carry_out(module: AnsibleModule, work: t.Callable[[Session], Outcome], result: t.Callable[[Outcome], dict[str, t.Any]]) -> t.NoReturn:
    """Do it and leave the module. Progress goes into the result and, as it happens, into the machine's log."""
    progress: list[str] = []
    params = module.params

    def tell(message: str) -> None:
        if message and message not in progress[-1:]:
            progress.append(message)
            module.log(f"{params['namespace']}/{params['name']}: {message}")

    more: dict[str, t.Any] = {}
    try:
        patience = Patience(params["wait"], float(params["wait_timeout"]), float(params.get("stable_for", 0)))
        session = Session(kube_of(module), params["namespace"], params["name"], module.check_mode, patience, tell=tell)
        outcome = work(session)
        for warning in session.warnings:
            module.warn(warning)
        more = {"changed": outcome.changed, "progress": progress, "diff": _diff(outcome), **outcome.more, **result(outcome)}
    except Refused as refused:
        module.fail_json(msg=str(refused), problems=[dataclasses.asdict(problem) for problem in refused.problems], progress=progress)
    except KubeError as error:
        problem = explained(error)
        module.fail_json(msg=str(problem), problems=[dataclasses.asdict(problem)], progress=progress)
    module.exit_json(**more)


def summary(mariadb: Object | None) -> dict[str, t.Any]:
    """What people and later tasks need of a cluster: how it is, where it answers, and which Secret opens it (its name only)."""
    if mariadb is None:
        return {}
    name, namespace = str(at(mariadb, "metadata", "name")), at(mariadb, "metadata", "namespace")
    conditions = {entry.get("type"): entry for entry in at(mariadb, "status", "conditions") or []}
    members = members_of(mariadb.get("spec") or {})
    primary = f"{name}-primary" if members > 1 else name
    return {
        "name": name,
        "namespace": namespace,
        "ready": (conditions.get("Ready") or {}).get("status") == "True",
        "message": str((conditions.get("Ready") or {}).get("message") or ""),
        "members": members,
        "ready_members": int(at(mariadb, "status", "replicas") or 0),
        "primary": str(at(mariadb, "status", "currentPrimary") or ""),
        "image": str(at(mariadb, "spec", "image") or ""),
        "hosts": {"primary": f"{primary}.{namespace}.svc", "any": f"{name}.{namespace}.svc"},
        "root_secret": str(at(mariadb, "spec", "rootPasswordSecretKeyRef", "name") or ""),
    }


def _diff(outcome: Outcome) -> dict[str, t.Any]:
    return {"before": definition(outcome.before), "after": definition(outcome.after)} if outcome.changed else {"before": {}, "after": {}}
