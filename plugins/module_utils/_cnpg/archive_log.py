# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why the archive does not work: the operator only says that Barman failed, its reason stands in the log of the plugin's sidecar."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import telling
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.readiness import SIDECAR
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Api

LINES = "400"


def reason(api: Api, namespace: str, pod: str) -> str:
    """The last reason in the log of an instance's sidecar; empty where there is none that we know, or no log."""
    try:
        answer = api.ask("GET", f"/api/v1/namespaces/{namespace}/pods/{pod}/log", {"container": SIDECAR, "tailLines": LINES})
    except KubeError:
        return ""
    return telling(answer.body.decode("utf-8", "replace")) if pod and answer.status == 200 else ""
