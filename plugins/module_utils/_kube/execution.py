# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a command in a container of a pod, over the API server's websocket."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError

try:
    from kubernetes.client import CoreV1Api
    from kubernetes.client.exceptions import ApiException
    from kubernetes.config import ConfigException, new_client_from_config
    from kubernetes.stream import stream
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None


class Ran(t.NamedTuple):
    """How a command ended. ``status`` None: it did not end in time."""

    status: int | None
    output: str
    errors: str


class Executor:
    """Commands in pods of one cluster. Nothing is sent before the first one."""

    def __init__(self, kubeconfig: str, context: str) -> None:
        self._where = (kubeconfig, context)
        self._api: t.Any = None

    def __call__(self, namespace: str, pod: str, container: str, argv: t.Sequence[str], seconds: float = 3600.0) -> Ran:
        """Run a command; raises KubeError where it cannot be started."""
        place = f"Pod {namespace}/{pod}"
        try:
            if self._api is None:
                self._api = CoreV1Api(new_client_from_config(config_file=self._where[0], context=self._where[1] or None, persist_config=False))
            socket = stream(
                self._api.connect_get_namespaced_pod_exec,
                pod,
                namespace,
                container=container,
                command=list(argv),
                stderr=True,
                stdin=False,
                stdout=True,
                tty=False,
                _preload_content=False,
            )
        except (ApiException, ConfigException, OSError) as problem:
            raise KubeError(place, f"no command can be run in {container}: {getattr(problem, 'reason', None) or problem}") from problem
        try:
            socket.run_forever(timeout=seconds)
            status = None if socket.is_open() else socket.returncode
            return Ran(status, socket.read_stdout(timeout=1) or "", socket.read_stderr(timeout=1) or "")
        finally:
            socket.close()
