# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a command in a container of a pod, over the API server's websocket."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError

try:
    from kubernetes.client import CoreV1Api
    from kubernetes.client.exceptions import ApiException
    from kubernetes.config import ConfigException, new_client_from_config
    from kubernetes.stream import stream
    from websocket import WebSocketException
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None


#: Channel of the websocket on which the API server says at last how the command ended.
STATUS_CHANNEL = 3


class Ran(t.NamedTuple):
    """How a command ended. ``status`` None: it did not end in time."""

    status: int | None
    output: str
    errors: str


class Executor:
    """Commands in pods of one cluster, of which each may take ``seconds``. Nothing is sent before the first one."""

    def __init__(self, kubeconfig: str, context: str, seconds: float = 3600.0) -> None:
        self._where = (kubeconfig, context)
        self._seconds = seconds
        self._api: t.Any = None

    def __call__(self, namespace: str, pod: str, container: str, argv: t.Sequence[str]) -> Ran:
        """Run a command; raises KubeError where it cannot be started, or where nobody says how it ended."""
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
            socket.run_forever(timeout=self._seconds)
            is_over = not socket.is_open()
            output, errors = socket.read_stdout(timeout=1) or "", socket.read_stderr(timeout=1) or ""
            return Ran(exit_status(place, socket.read_channel(STATUS_CHANNEL)) if is_over else None, output, errors)
        except (WebSocketException, OSError) as problem:
            raise KubeError(place, f"the connection to a command in {container} broke, which may go on there: {problem}") from problem
        finally:
            socket.close()


def exit_status(place: str, said: str | None) -> int:
    """The exit status in the API server's last words; raises KubeError where there are none, or where they say something else (pure)."""
    try:
        status = json.loads(said or "")
        if status["status"] == "Success":
            return 0
        return int(next(cause["message"] for cause in status["details"]["causes"] if cause.get("reason") == "ExitCode"))
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as problem:
        words = f"how a command ended is not known: {said[:200]}" if said else "the connection to a command broke, which may go on there"
        raise KubeError(place, words) from problem
