# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reasons that the operator does not repeat: those of the archive stand in the log of the plugin's sidecar, those of a job in its own."""

from __future__ import annotations

import json

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import telling
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.readiness import SIDECAR
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Api

LINES = "400"
#: Characters of an error that are shown: that of a restore repeats what Barman wrote.
LENGTH = 400


def of_archive(api: Api, namespace: str, pod: str) -> str:
    """The last reason in the log of an instance's sidecar; empty where there is none that we know, or no log."""
    return telling(_log(api, namespace, pod, SIDECAR))


def of_job(api: Api, namespace: str, pod: str, role: str) -> str:
    """The last error in the log of a job's pod; ``role`` is its label cnpg.io/jobRole, which is also its container's name."""
    return last_error(_log(api, namespace, pod, role))


def last_error(log: str) -> str:
    """Message and error of the last line that has an error (pure): the instance manager writes JSON. Empty where none has."""
    for line in reversed(log.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("level") == "error" and found.get("error"):
            return f"{found.get('msg', '')}: {found['error']}".removeprefix(": ")[:LENGTH]
    return ""


def _log(api: Api, namespace: str, pod: str, container: str) -> str:
    if not pod:
        return ""
    try:
        answer = api.ask("GET", f"/api/v1/namespaces/{namespace}/pods/{pod}/log", {"container": container, "tailLines": LINES})
    except KubeError:
        return ""
    return answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
