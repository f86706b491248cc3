# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""K3s's ports: answers, silence, and an answer that comes too late."""

from __future__ import annotations

import http.client
import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from unittest.mock import Mock

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import endpoints
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths


@contextmanager
def etcd(body: bytes, status: int = 200, late: bool = False) -> Iterator[int]:
    """Its port. One that is late answers when nobody waits any more."""
    over = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer()

        def _answer(self) -> None:
            if late:
                over.wait()
            with suppress(OSError):  # the one who asked has gone
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing to say."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        over.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("body", "status", "late", "healthy"),
    [
        (b'{"health":"true","reason":""}', 200, False, True),
        (b'{"health":"false","reason":"RAFT NO LEADER"}', 503, False, False),
        (b'{"health":"true"}', 200, True, False),
        (b"no JSON", 200, False, False),
        (b"[]", 200, False, False),
    ],
)
def test_only_a_timely_linearizable_answer_is_healthy(monkeypatch: pytest.MonkeyPatch, body: bytes, status: int, late: bool, healthy: bool) -> None:
    with etcd(body, status, late) as port:
        seconds = redirect(monkeypatch, "HTTPConnection", port, None if late else 60)
        assert endpoints.etcd_healthy() is healthy
    assert seconds == [1.0]


def test_a_busy_host_has_longer_to_say_which_token_etcd_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    with etcd(b'{"kvs": [{"key": "L2Jvb3RzdHJhcC9hYmM="}]}') as port:
        seconds = redirect(monkeypatch, "HTTPSConnection", port, 60)
        monkeypatch.setattr(ssl, "create_default_context", Mock())
        assert endpoints.bootstrap_keys(Paths()) == ("abc",)
    assert [found > endpoints.HEALTH_TIMEOUT for found in seconds] == [True]


def redirect(monkeypatch: pytest.MonkeyPatch, kind: str, port: int, patience: float | None) -> list[float]:
    """Connections of this kind go to the port; how long each was to be waited for, whatever patience the test has."""
    seconds: list[float] = []
    real = http.client.HTTPConnection

    def connect(host: str, _port: int, timeout: float, **_context: object) -> http.client.HTTPConnection:
        seconds.append(timeout)
        return real(host, port, timeout=patience or timeout)

    monkeypatch.setattr(http.client, kind, connect)
    return seconds


def test_without_certificates_nothing_is_asked() -> None:
    assert endpoints.members(Paths(root=Paths().root / "nonexistent")) is None
