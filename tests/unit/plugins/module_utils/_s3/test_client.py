# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals told apart, by an HTTPS server that answers as S3 does. (A real S3 server checks everything else in tests/integration/s3.)."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import http.server
import io
import ssl
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._s3 import client

from lab.twin import keys

ANSWERS = {
    "/bucket/dev/snapshot": (200, b"content"),
    "/bucket/dev/absent": (404, b"<Error><Code>NoSuchKey</Code></Error>"),
    "/other/dev/snapshot": (404, b"<Error><Code>NoSuchBucket</Code></Error>"),
    "/forbidden/dev/snapshot": (403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"),
    "/broken/dev/snapshot": (500, b"oops"),
}


KEPT: dict[str, bytes] = {}


class Store(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        status, body = ANSWERS.get(self.path, (200, b""))
        KEPT[self.path] = content
        self.send_response(status if hashlib.sha256(content).hexdigest() == self.headers["x-amz-content-sha256"] else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: t.Any) -> None:
        pass


@pytest.fixture
def where(tmp_path: Path) -> t.Iterator[client.Place]:
    authority = keys.Authority("test")
    authority.write(tmp_path / "ca.pem")
    authority.issue("localhost", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with http.server.ThreadingHTTPServer(("localhost", 0), Store) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield client.Place(f"localhost:{server.server_port}", "us-east-1", "key", "secret", (tmp_path / "ca.pem").read_text())
        server.shutdown()


def test_an_object(where: client.Place) -> None:
    output = io.BytesIO()
    client.S3(where).fetch("bucket", "dev/snapshot", output)
    assert output.getvalue() == b"content"


@pytest.mark.parametrize(
    ("bucket", "key", "reason"),
    [
        ("bucket", "dev/absent", "bucket bucket has no dev/absent"),
        ("other", "dev/snapshot", "has no bucket other"),
        ("forbidden", "dev/snapshot", "refuses the account or its keys .SignatureDoesNotMatch."),
        ("broken", "dev/snapshot", "answers 500"),
    ],
)
def test_refusals_are_told_apart(where: client.Place, bucket: str, key: str, reason: str) -> None:
    with pytest.raises(client.S3Error, match=reason):
        client.S3(where).fetch(bucket, key, io.BytesIO())


def test_an_untrusted_certificate(where: client.Place) -> None:
    with pytest.raises(client.S3Error, match=r"not trusted .*correct backup.s3.ca_file"):
        client.S3(dataclasses.replace(where, ca="")).fetch("bucket", "dev/snapshot", io.BytesIO())


def test_nobody_there() -> None:
    with pytest.raises(client.S3Error, match="does not answer"):
        client.S3(client.Place("localhost:1", "r", "key", "secret")).fetch("bucket", "dev/snapshot", io.BytesIO())


def test_the_secret_key_is_in_no_header() -> None:
    place = client.Place("s3.example.org", "us-east-1", "AKID", "topsecret")
    headers = client.signed(place, client.Request("GET", "b", "k"), datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC))
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;")
    assert "topsecret" not in str(headers)
