# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a command in a pod ended: by the API server's last words, and what is said where they do not come."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube import execution
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from websocket import WebSocketConnectionClosedException

FAILED = '{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"2"}]}}'


class Socket:
    """A websocket that ends as it is told."""

    def __init__(self, status: str | None, broken: Exception | None = None, over: bool = True) -> None:
        self.status, self.broken, self.over = status, broken, over
        self.seconds, self.closed = 0.0, False

    def run_forever(self, timeout: float) -> None:
        self.seconds = timeout
        if self.broken:
            raise self.broken

    def is_open(self) -> bool:
        return not self.over

    def read_stdout(self, timeout: int) -> str:
        assert timeout
        return "out"

    def read_stderr(self, timeout: int) -> str:
        assert timeout
        return ""

    def read_channel(self, channel: int) -> str | None:
        assert channel == 3
        return self.status

    def close(self) -> None:
        self.closed = True


def ran(monkeypatch: pytest.MonkeyPatch, socket: Socket, seconds: float = 60.0) -> execution.Ran:
    """A command over it."""
    monkeypatch.setattr(execution, "new_client_from_config", lambda **_options: None)
    monkeypatch.setattr(execution, "CoreV1Api", lambda _client: type("Core", (), {"connect_get_namespaced_pod_exec": None}))
    monkeypatch.setattr(execution, "stream", lambda *_given, **_options: socket)
    return execution.Executor("k", "c", seconds)("n", "shop-1", "postgres", ["psql"])


@pytest.mark.parametrize(("said", "status"), [('{"status":"Success"}', 0), (FAILED, 2)])
def test_how_it_ended(monkeypatch: pytest.MonkeyPatch, said: str, status: int) -> None:
    socket = Socket(said)
    assert ran(monkeypatch, socket) == execution.Ran(status, "out", "")
    assert (socket.seconds, socket.closed) == (60.0, True)


def test_a_command_that_does_not_end_in_time_has_no_status(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ran(monkeypatch, Socket(None, over=False)).status is None


@pytest.mark.parametrize(
    ("socket", "words"),
    [
        (Socket(None), "broke"),
        (Socket(""), "broke"),
        (Socket("null"), "not known: null"),
        (Socket('{"status":"Failure","message":"container not found"}'), "container not found"),
        (Socket('{"status":"Failure","details":{"causes":[{"reason":"ExitCode","message":"many"}]}}'), "not known"),
        (Socket("<html>"), "not known: <html>"),
        (Socket(None, WebSocketConnectionClosedException("Connection to remote host was lost.")), "remote host was lost"),
        (Socket(None, ConnectionResetError("reset by peer")), "reset by peer"),
    ],
)
def test_a_connection_that_breaks_is_an_error_of_ours_and_no_traceback(monkeypatch: pytest.MonkeyPatch, socket: Socket, words: str) -> None:
    """A restart of the API server in the middle of pg_amcheck; the client's own returncode fails on it with a TypeError."""
    with pytest.raises(KubeError, match=words) as caught:
        ran(monkeypatch, socket)
    assert caught.value.place == "Pod n/shop-1"
    assert socket.closed
