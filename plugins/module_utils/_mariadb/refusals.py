# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an API server's refusal means for somebody who wants a MariaDB (pure)."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import conflict, owned_by_git


def explained(error: KubeError) -> Problem:
    """The refusal with its place, the API server's own words, and the next step."""
    if error.reason == "NotServed":
        return Problem(error.place, "the cluster does not know this kind", "install mariadb-operator-crds and mariadb-operator first")
    if error.status == 409 and "conflict with" in error.message:
        return conflict(error.message, error.place)
    return Problem(error.place, error.message, _remedy(error))


def git_owns(live: Object | None, place: str) -> tuple[Problem, ...]:
    """The refusal to change what Git would change back."""
    remedy = "say it in the matrix (mariadb), run render.yml and commit; steering states (switched_over, recovered) work all the same"
    return tuple(replace(problem, remedy=remedy) for problem in owned_by_git(live, place))


def _remedy(error: KubeError) -> str:
    words = error.message
    if "failed calling webhook" in words or "failed to call webhook" in words:
        return "bring mariadb-operator-webhook up, and let the API server reach it (9443); nothing was changed"
    if "admission webhook" in words or error.reason in ("Invalid", "BadRequest"):
        return "correct the definition"
    by_status = {
        403: "let this account do it, or use another context of the kubeconfig",
        404: "look whether name and namespace are right",
        409: "it was changed meanwhile: run again",
    }
    return by_status.get(error.status, "run again once the API server answers")
