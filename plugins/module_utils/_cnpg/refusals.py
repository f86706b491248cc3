# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an API server's refusal means for somebody who wants a database (pure)."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Problem
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import conflict


def explained(error: KubeError) -> Problem:
    """The refusal with its place, the API server's own words, and the next step."""
    if error.reason == "NotServed":
        return Problem(error.place, "the cluster does not know this kind", "install cloudnative-pg, and plugin-barman-cloud for backups, first")
    if error.status == 409 and "conflict with" in error.message:
        return conflict(error.message, error.place)
    return Problem(error.place, error.message, _remedy(error))


def _remedy(error: KubeError) -> str:
    words = error.message
    if "failed calling webhook" in words or "failed to call webhook" in words:
        return "bring the operator up (namespace cnpg-system), and let the API server reach its webhook; nothing was changed"
    if "admission webhook" in words or error.reason in ("Invalid", "BadRequest"):
        return "correct the definition"
    by_status = {
        403: "let this account do it, or use another context of the kubeconfig",
        404: "look whether name and namespace are right",
        409: "it was changed meanwhile: run again",
    }
    return by_status.get(error.status, "run again once the API server answers")
