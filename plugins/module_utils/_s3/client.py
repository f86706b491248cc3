# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of S3 that backups need, over HTTPS: what lies on a node and in a pod has no library for it. This file needs no other of ours.

Source: AWS Signature Version 4 (docs.aws.amazon.com, "Signature calculations for the Authorization header"), path-style addresses.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import html
import http.client
import re
import socket
import ssl
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import quote

CODE = re.compile(rb"<Code>(\w+)</Code>")
TIMEOUT = 30
#: Larger files go in parts. A server takes at most 10,000 of them.
PART = 16 << 20
PARTS = 10_000


class S3Error(Exception):
    """The server refused something, or could not be asked; the text says why and what to do. ``status`` 0: there was no answer."""

    def __init__(self, text: str, code: str = "", status: int = 0) -> None:
        super().__init__(text)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Place:
    """A server and who asks it."""

    endpoint: str  # host, with a port unless it is 443
    region: str
    access_key: str
    secret_key: str
    ca: str = ""  # PEM; empty: the system's authorities


@dataclass(frozen=True)
class Request:
    """One request; ``query`` and ``headers`` are signed."""

    method: str
    bucket: str
    key: str = ""
    query: t.Mapping[str, str] = field(default_factory=dict)
    headers: t.Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """As it is sent and signed."""
        return f"/{quote(self.bucket)}" + (f"/{quote(self.key)}" if self.key else "")

    @property
    def query_text(self) -> str:
        """In the order that the signature wants."""
        return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(self.query.items()))


class Listed(t.NamedTuple):
    """One object of a listing."""

    key: str
    size: int
    written: datetime


class S3:
    """One server. Every method raises S3Error."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def fetch(self, bucket: str, key: str, output: t.IO[bytes]) -> None:
        """Write an object to a stream, whole or with an S3Error; OSError of the stream goes on."""
        answer = self._send(Request("GET", bucket, key))
        if answer.status != 200:
            raise self._refused(Request("GET", bucket, key), answer)
        # http.client ends without a word where the connection did, so the bytes are counted.
        size, got = answer.length, 0
        while block := self._read(answer, 1 << 20):
            output.write(block)
            got += len(block)
        if got != size and not answer.chunked:  # chunks tell their end themselves
            raise S3Error(f"{self.place.endpoint} sent {got} bytes of the {'unknown number' if size is None else size} that {key} has; repeat it")

    def ask(self, request: Request) -> tuple[bytes, t.Mapping[str, str]]:
        """Body and headers of an answer."""
        answer = self._send(request)
        if answer.status >= 300:
            raise self._refused(request, answer)
        return self._read(answer), {name.lower(): value for name, value in answer.getheaders()}

    def objects(self, bucket: str, prefix: str = "") -> t.Iterator[Listed]:
        """Every object below a prefix."""
        query = {"list-type": "2", "prefix": prefix}
        while True:
            text = self.ask(Request("GET", bucket, query=query))[0].decode()
            for found in re.findall(r"<Contents>(.*?)</Contents>", text, re.DOTALL):
                yield Listed(_inner(found, "Key"), int(_inner(found, "Size")), _moment(_inner(found, "LastModified")))
            if _inner(text, "IsTruncated") != "true":
                return
            query["continuation-token"] = _inner(text, "NextContinuationToken")

    def put(self, bucket: str, key: str, source: t.IO[bytes], size: int) -> None:
        """Store a stream of so many bytes: complete, or not at all."""
        if size <= PART:
            content = source.read()
            self.ask(Request("PUT", bucket, key, headers=digest_header(content), body=content))
            return
        part_size = max(PART, -(-size // PARTS))
        upload = _inner(self.ask(Request("POST", bucket, key, {"uploads": ""}))[0].decode(), "UploadId")
        try:
            tags = []
            for number, part in enumerate(iter(lambda: source.read(part_size), b""), 1):
                query = {"partNumber": str(number), "uploadId": upload}
                tags.append(self.ask(Request("PUT", bucket, key, query, digest_header(part), part))[1].get("etag", ""))
            parts = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{html.escape(tag)}</ETag></Part>" for number, tag in enumerate(tags, 1))
            body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
            done = self.ask(Request("POST", bucket, key, {"uploadId": upload}, body=body))[0]
            # S3 answers 200 before it begins to put the parts together, and says in the body when that failed.
            if b"<Error>" in done:
                found = CODE.search(done)
                code = found[1].decode() if found else "no reason"
                raise S3Error(f"{self.place.endpoint} took all parts of {key} and could not put them together ({code}); repeat it", code, 200)
        except BaseException:
            with contextlib.suppress(S3Error):  # it would hide the reason
                self.ask(Request("DELETE", bucket, key, {"uploadId": upload}))
            raise

    def _send(self, request: Request) -> http.client.HTTPResponse:
        where = self.place.endpoint
        target = request.path + (f"?{request.query_text}" if request.query else "")
        try:
            connection = http.client.HTTPSConnection(where, timeout=TIMEOUT, context=ssl.create_default_context(cadata=self.place.ca or None))
            connection.request(request.method, target, body=request.body or None, headers=signed(self.place, request, datetime.now(timezone.utc)))
            return connection.getresponse()
        except ssl.SSLError as error:
            raise S3Error(f"{where}: its certificate is not trusted ({error.reason}); correct backup.s3.ca_file") from None
        except (OSError, socket.timeout, http.client.HTTPException) as error:
            raise S3Error(f"{where} does not answer ({error}); is it up, and does a firewall let this machine through?") from None

    def _read(self, answer: http.client.HTTPResponse, most: int | None = None) -> bytes:
        try:
            return answer.read(most)
        except (OSError, http.client.HTTPException) as error:
            raise S3Error(f"{self.place.endpoint} ended its answer before it was whole ({error}); repeat it") from None

    def _refused(self, request: Request, answer: http.client.HTTPResponse) -> S3Error:
        where, bucket = self.place.endpoint, request.bucket
        found = CODE.search(self._read(answer, 1 << 16))
        code = found[1].decode() if found else str(answer.status)
        if code == "NoSuchBucket":
            text = f"{where} has no bucket {bucket}: backup.yml --tags buckets makes it; or correct its name in backup.schedule"
        elif code == "NoSuchKey":
            text = f"bucket {bucket} has no {request.key}: backup.yml --check lists what is there"
        elif answer.status == 403:
            text = f"{where} refuses the account or its keys ({code}): correct them in the secrets file"
        else:
            text = f"{where} answers {answer.status} ({code}) to {request.method} {request.path}"
        return S3Error(text, code, answer.status)


def signed(place: Place, request: Request, now: datetime) -> dict[str, str]:
    """Headers of a request, with its signature (pure)."""
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    content = hashlib.sha256(request.body).hexdigest()
    headers = {"host": place.endpoint, "x-amz-content-sha256": content, "x-amz-date": moment, **{k.lower(): v for k, v in request.headers.items()}}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"{request.method}\n{request.path}\n{request.query_text}\n{lines}\n{names}\n{content}"
    scope = f"{day}/{place.region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{place.secret_key}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 Credential={place.access_key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"}


def digest_header(content: bytes) -> dict[str, str]:
    """What S3 wants where an object lock holds, and with settings of a bucket."""
    return {"content-md5": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()}


def _inner(text: str, tag: str) -> str:
    """The text inside the first element of a name; empty without one."""
    found = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    return html.unescape(found[1]) if found else ""


def _moment(text: str) -> datetime:
    return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
