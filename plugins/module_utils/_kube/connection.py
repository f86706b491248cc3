# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that knows the Kubernetes client: a kubeconfig's context in, answers to requests out."""

from __future__ import annotations

import typing as t
import urllib.parse
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Answer, KubeError, Unanswered

try:
    import urllib3
    from kubernetes.config import ConfigException, new_client_from_config
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None

CONNECT_SECONDS = 5.0


class Connection:
    """The API server of one context. Opening it reads the kubeconfig and sends nothing."""

    def __init__(self, kubeconfig: str, context: str) -> None:
        path = Path(kubeconfig).expanduser()
        place = f"kubeconfig {path}"
        if not path.is_file():
            raise KubeError(place, "there is no such file; site.yml --tags kubeconfig writes it")
        try:
            self._api = new_client_from_config(config_file=str(path), context=context or None, persist_config=False)
        except ConfigException as problem:
            raise KubeError(place, f"context {context or '(current)'} cannot be used: {problem}") from problem
        self.server: str = self._api.configuration.host

    def send(self, method: str, path: str, query: t.Mapping[str, str], body: bytes, content_type: str, seconds: float) -> Answer:
        """One request, never repeated here; raises Unanswered."""
        headers = {"Accept": "application/json", "User-Agent": "groundwork.platform"}
        for setting in self._api.configuration.auth_settings().values():
            headers[setting["key"]] = setting["value"]
        if content_type:
            headers["Content-Type"] = content_type
        url = self.server.rstrip("/") + path + ("?" + urllib.parse.urlencode(query) if query else "")
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)
        try:
            response = self._api.rest_client.pool_manager.request(
                method, url, body=body or None, headers=headers, timeout=timeout, retries=False, redirect=False
            )
        except urllib3.exceptions.HTTPError as problem:
            unsent = isinstance(problem, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError))
            raise Unanswered(self.server, f"does not answer: {problem}", sent=not unsent) from problem
        return Answer(response.status, response.data, dict(response.headers))
