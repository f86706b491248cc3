# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter that puts one cluster's credentials into a kubeconfig beside the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from ansible.errors import AnsibleFilterError


def kubeconfig_merge(present: str, source: str, context: str, server: str) -> str:
    """The present kubeconfig with cluster, user and context of ``source`` under the name ``context``.

    Everything else stays, also the current context if there is one. Raises AnsibleFilterError for a file that is no kubeconfig;
    its text, which may hold keys, is never repeated.
    """
    merged, incoming = _parsed(present, "the kubeconfig on the controller"), _parsed(source, "the server's k3s.yaml")
    try:
        cluster = {**incoming["clusters"][0]["cluster"], "server": server}
        user = incoming["users"][0]["user"]
    except (KeyError, IndexError, TypeError) as problem:
        raise AnsibleFilterError("the server's k3s.yaml names no cluster or no user; has K3s started there?") from problem
    _put(merged, "clusters", {"name": context, "cluster": cluster})
    _put(merged, "users", {"name": context, "user": user})
    _put(merged, "contexts", {"name": context, "context": {"cluster": context, "user": context}})
    merged.setdefault("current-context", context)
    # Through JSON, because ansible's strings carry tags that YAML cannot write.
    plain = json.loads(json.dumps({"apiVersion": "v1", "kind": "Config", "preferences": {}} | merged))
    return yaml.safe_dump(plain, sort_keys=False)


def _parsed(text: str, what: str) -> dict[str, Any]:
    try:
        value = yaml.safe_load(text) or {}
    except yaml.YAMLError as problem:
        raise AnsibleFilterError(f"{what} is not YAML; repair or move it") from problem
    if not isinstance(value, dict):
        raise AnsibleFilterError(f"{what} is not a kubeconfig; repair or move it")
    return value


def _put(config: dict[str, Any], section: str, entry: Mapping[str, Any]) -> None:
    entries = list(config.get(section) or [])
    names = [other.get("name") for other in entries]
    if entry["name"] in names:
        entries[names.index(entry["name"])] = entry
    else:
        entries.append(entry)
    config[section] = entries


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"kubeconfig_merge": kubeconfig_merge}
