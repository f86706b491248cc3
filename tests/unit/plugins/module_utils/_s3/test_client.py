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
from ansible_collections.groundwork.platform.plugins.module_utils._s3 import client, send

from lab.twin import keys

ANSWERS = {
    "/bucket/dev/snapshot": (200, b"content"),
    "/bucket/dev/absent": (404, b"<Error><Code>NoSuchKey</Code></Error>"),
    "/other/dev/snapshot": (404, b"<Error><Code>NoSuchBucket</Code></Error>"),
    "/forbidden/dev/snapshot": (403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"),
    "/broken/dev/snapshot": (500, b"oops"),
}
#: What is said of the size of an answer, where that is not the truth.
SIZES: dict[str, int | None] = {"/bucket/dev/cut": 1_000_000, "/bucket/dev/unsaid": None, "/bucket/dev/none": 1_000_000}
ANSWERS |= {"/bucket/dev/cut": (200, b"content"), "/bucket/dev/unsaid": (200, b"content"), "/bucket/dev/none": (200, b"")}
KEPT: dict[str, bytes] = {}
REMOVED: list[str] = []
LISTINGS: dict[str, tuple[int, bytes]] = {"now": (200, b"")}
COMPLETED: dict[str, bytes] = {"now": b""}
NOW = datetime.datetime(2026, 11, 22, 3, tzinfo=datetime.UTC)


class Store(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = LISTINGS["now"] if "list-type" in self.path else ANSWERS[self.path]
        self.send_response(status)
        if (size := SIZES.get(self.path, len(body))) is not None:
            self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(b"<UploadId>one</UploadId>" if self.path.endswith("?uploads=") else COMPLETED["now"])

    def do_DELETE(self) -> None:
        REMOVED.append(self.path)
        self._answer(b"", 404 if "uploadId" in self.path else 204)

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
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
    ("key", "reason"),
    [("cut", "sent 7 bytes of the 1000000 that"), ("none", "sent 0 bytes of the 1000000"), ("unsaid", "sent 7 bytes of the unknown number that")],
)
def test_an_object_that_ends_too_early_is_not_whole(where: client.Place, key: str, reason: str) -> None:
    """http.client says nothing of it. Without a size nobody can know."""
    with pytest.raises(client.S3Error, match=reason):
        client.S3(where).fetch("bucket", f"dev/{key}", io.BytesIO())


def test_a_listing_that_ends_too_early(where: client.Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LISTINGS, "now", (200, b"<ListBucketResult>"))
    monkeypatch.setitem(SIZES, "/bucket?list-type=2&prefix=dev%2F", 5000)
    with pytest.raises(client.S3Error, match="ended its answer before it was whole"):
        list(client.S3(where).objects("bucket", "dev/"))


def test_parts_that_are_not_put_together_are_not_stored(where: client.Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 answers 200 to that, with the error in its body. That the parts cannot be taken back either does not hide the reason."""
    monkeypatch.setattr(client, "PART", 4)
    REMOVED.clear()
    monkeypatch.setitem(COMPLETED, "now", b"<CompleteMultipartUploadResult><Key>k</Key></CompleteMultipartUploadResult>")
    client.S3(where).put("bucket", "dev/large", io.BytesIO(b"123456789"), 9)
    assert REMOVED == []
    monkeypatch.setitem(COMPLETED, "now", b"<?xml?><Error><Code>InternalError</Code></Error>")
    with pytest.raises(client.S3Error, match=r"could not put them together .InternalError."):
        client.S3(where).put("bucket", "dev/large", io.BytesIO(b"123456789"), 9)
    assert REMOVED == ["/bucket/dev/large?uploadId=one"]


def _dumps(*named: tuple[str, int]) -> tuple[int, bytes]:
    """A listing; everything was written long ago."""
    written = "<LastModified>2020-01-01T00:00:00.000Z</LastModified>"
    return 200, "".join(f"<Contents><Key>dev/shop/{name}</Key><Size>{size}</Size>{written}</Contents>" for name, size in named).encode()


@pytest.mark.parametrize(
    ("mine", "removed"), [((), None), ((("20261122T030000Z.dump", 6),), None), ((("20261122T030000Z.dump", 7),), ["/bucket/dev/shop/20261101T030000Z.dump"])]
)
def test_older_dumps_go_only_when_the_new_one_is_there_whole(
    where: client.Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mine: tuple[tuple[str, int], ...], removed: list[str] | None
) -> None:
    """And by the time in their name: not what is kept still, and nothing that somebody else has put there."""
    others = [("20261101T030000Z.dump", 7), ("20261121T030000Z.dump", 7), ("mine.txt", 7), ("20261101T030000Z.dump.copy", 7), ("old/20261101T030000Z.dump", 7)]
    monkeypatch.setitem(LISTINGS, "now", _dumps(*others, *mine))
    REMOVED.clear()
    (tmp_path / "dump").write_bytes(b"content")
    said = {"S3_ENDPOINT": where.endpoint, "S3_REGION": "r", "S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "secret", "S3_CA": where.ca}
    said |= {"S3_BUCKET": "bucket", "S3_FOLDER": "dev/shop", "S3_KEEP": str(7 * 86400)}
    if removed is None:
        with pytest.raises(SystemExit, match="nothing older was removed"):
            send.send(tmp_path / "dump", said, NOW)
    else:
        assert send.send(tmp_path / "dump", said, NOW) == "dev/shop/20261122T030000Z.dump"
    assert (removed or []) == REMOVED


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
