# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""K3s's ports: answers, silence, and an answer that comes too late."""

from __future__ import annotations

import http.client
import http.server
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from unittest.mock import Mock

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import endpoints
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths


@contextmanager
def etcd(body: bytes, status: int = 200, delay: float = 0) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer()

        def _answer(self) -> None:
            time.sleep(delay)
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
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("body", "status", "delay", "healthy"),
    [
        (b'{"health":"true","reason":""}', 200, 0, True),
        (b'{"health":"false","reason":"RAFT NO LEADER"}', 503, 0, False),
        (b'{"health":"true"}', 200, 1.5, False),
        (b"no JSON", 200, 0, False),
        (b"[]", 200, 0, False),
    ],
)
def test_only_a_timely_linearizable_answer_is_healthy(monkeypatch: pytest.MonkeyPatch, body: bytes, status: int, delay: float, healthy: bool) -> None:
    with etcd(body, status, delay) as port:
        real = http.client.HTTPConnection
        monkeypatch.setattr(http.client, "HTTPConnection", lambda host, _port, timeout: real(host, port, timeout=timeout))
        assert endpoints.etcd_healthy() is healthy


def test_a_busy_host_has_longer_to_say_which_token_etcd_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    with etcd(b'{"kvs": [{"key": "L2Jvb3RzdHJhcC9hYmM="}]}', delay=1.5) as port:
        real = http.client.HTTPConnection
        monkeypatch.setattr(http.client, "HTTPSConnection", lambda host, _port, timeout, **_context: real(host, port, timeout=timeout))
        monkeypatch.setattr(ssl, "create_default_context", Mock())
        assert endpoints.bootstrap_keys(Paths()) == ("abc",)


def test_without_certificates_nothing_is_asked() -> None:
    assert endpoints.members(Paths(root=Paths().root / "nonexistent")) is None
