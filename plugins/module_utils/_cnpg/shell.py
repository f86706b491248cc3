# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules about PostgreSQL do around their work: client, progress, result, and one way to fail."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import beside
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.arguments import WAITING, patience_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.arguments import KUBE_OPTIONS, kube_of
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Refused
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._operator.shown import definition

Work = t.Callable[[Session], Outcome]
COMPANION: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "confirm": {"type": "str", "default": ""},
    **{name: option for name, option in WAITING.items() if name != "stable_for"},
}


def carry_out(module: AnsibleModule, work: Work, result: t.Callable[[Outcome], dict[str, t.Any]]) -> t.NoReturn:
    """Do it and leave the module. Progress goes into the result and, as it happens, to the action plugin and into the machine's log."""
    progress: list[str] = []
    file = module.params.get("progress_path")

    def tell(message: str) -> None:
        if message and message not in progress[-1:]:
            progress.append(message)
            if file:
                with Path(file).open("a", encoding="utf-8") as opened:
                    opened.write(f"{module.params['namespace']}/{module.params['name']}: {message}\n")
            module.log(f"{module.params['namespace']}/{module.params['name']}: {message}")

    more: dict[str, t.Any] = {}
    try:
        patience = patience_of({"stable_for": 0, **module.params})
        session = Session(kube_of(module), module.params["namespace"], module.params["name"], module.check_mode, patience, tell=tell)
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


def companion_module(options: dict[str, t.Any], kind: str, spec_of: t.Callable[[t.Mapping[str, t.Any]], Object]) -> None:
    """A module for one object beside a cluster."""
    module = AnsibleModule({**KUBE_OPTIONS, **COMPANION, **options}, supports_check_mode=True)

    def work(session: Session) -> Outcome:
        if module.params["state"] == "absent":
            return beside.removed(session, kind, module.params["confirm"])
        return beside.brought(session, kind, spec_of(module.params), module.params["confirm"])

    carry_out(module, work, lambda outcome: {"definition": definition(outcome.after)})


def _diff(outcome: Outcome) -> dict[str, t.Any]:
    return {"before": definition(outcome.before), "after": definition(outcome.after)} if outcome.changed else {"before": {}, "after": {}}
