# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object out of a bucket or into it: an HTTPS server that answers as S3 does. (A real S3 server checks the signature in tests/twin.)."""

from __future__ import annotations

import datetime
import hashlib
import http.server
import io
import ssl
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import s3

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
def where(tmp_path: Path) -> t.Iterator[s3.Bucket]:
    authority = keys.Authority("test")
    authority.write(tmp_path / "ca.pem")
    authority.issue("localhost", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with http.server.ThreadingHTTPServer(("localhost", 0), Store) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield s3.Bucket(f"localhost:{server.server_port}", "bucket", "us-east-1", "key", "secret", (tmp_path / "ca.pem").read_text())
        server.shutdown()


def test_an_object(where: s3.Bucket) -> None:
    output = io.BytesIO()
    s3.fetch(where, "dev/snapshot", output)
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
def test_refusals_are_told_apart(where: s3.Bucket, bucket: str, key: str, reason: str) -> None:
    with pytest.raises(s3.S3Error, match=reason):
        s3.fetch(s3.Bucket(where.endpoint, bucket, where.region, "key", "secret", where.ca), key, io.BytesIO())


def test_content_is_kept_and_signed(where: s3.Bucket) -> None:
    s3.store(where, "placements/dev/a record.json", b"{}")
    assert KEPT["/bucket/placements/dev/a%20record.json"] == b"{}"
    with pytest.raises(s3.S3Error, match="refuses the account"):
        s3.store(s3.Bucket(where.endpoint, "forbidden", where.region, "key", "secret", where.ca), "dev/snapshot", b"x")


def test_an_object_that_is_not_there_is_told_from_other_refusals(where: s3.Bucket) -> None:
    with pytest.raises(s3.NoSuchObject):
        s3.fetch(where, "dev/absent", io.BytesIO())


def test_an_untrusted_certificate(where: s3.Bucket) -> None:
    with pytest.raises(s3.S3Error, match=r"not trusted .*correct backup.s3.ca_file"):
        s3.fetch(s3.Bucket(where.endpoint, "bucket", where.region, "key", "secret"), "dev/snapshot", io.BytesIO())


def test_nobody_there() -> None:
    with pytest.raises(s3.S3Error, match="does not answer"):
        s3.fetch(s3.Bucket("localhost:1", "bucket", "r", "key", "secret"), "dev/snapshot", io.BytesIO())


def test_the_secret_key_is_in_no_header() -> None:
    headers = s3.authorization(s3.Bucket("s3.example.org", "b", "us-east-1", "AKID", "topsecret"), "/b/k", datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC))
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;")
    assert "topsecret" not in str(headers)
