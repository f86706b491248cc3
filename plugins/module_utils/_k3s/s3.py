# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object out of an S3 bucket, or into it. K3s cannot while it stands still, and a host has no library for it.

Source: AWS Signature Version 4 (docs.aws.amazon.com, "Signature calculations for the Authorization header"), path-style addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import re
import shutil
import socket
import ssl
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote

_SIGNED = "host;x-amz-content-sha256;x-amz-date"
_CODE = re.compile(rb"<Code>(\w+)</Code>")
_TIMEOUT = 30


class S3Error(Exception):
    """The object cannot be had; the text says why and what to do."""


@dataclass(frozen=True)
class Bucket:
    """A bucket and who asks for it."""

    endpoint: str  # host, with a port unless it is 443
    bucket: str
    region: str
    access_key: str
    secret_key: str
    ca: str = ""  # PEM; empty: the system's authorities


class NoSuchObject(S3Error):
    """The bucket has no object of that name."""


def fetch(where: Bucket, key: str, output: t.IO[bytes]) -> None:
    """Write an object to a stream; raises S3Error, and OSError of the stream."""
    shutil.copyfileobj(_ask(where, "GET", key, b""), output, 1 << 20)


def store(where: Bucket, key: str, content: bytes) -> None:
    """Keep content as an object; raises S3Error."""
    _ask(where, "PUT", key, content).read()


def _ask(where: Bucket, method: str, key: str, content: bytes) -> http.client.HTTPResponse:
    path = f"/{quote(where.bucket)}/{quote(key)}"
    try:
        connection = http.client.HTTPSConnection(where.endpoint, timeout=_TIMEOUT, context=ssl.create_default_context(cadata=where.ca or None))
        connection.request(method, path, content or None, headers=authorization(where, path, datetime.now(timezone.utc), method, content))
        answer = connection.getresponse()
    except ssl.SSLError as error:
        raise S3Error(f"{where.endpoint}: its certificate is not trusted ({error.reason}); correct backup.s3.ca_file") from None
    except (OSError, socket.timeout, http.client.HTTPException) as error:
        raise S3Error(f"{where.endpoint} does not answer ({error}); is it up, and does a firewall let this server through?") from None
    if answer.status != 200:
        raise _refused(where, key, answer)
    return answer


def authorization(where: Bucket, path: str, now: datetime, method: str = "GET", content: bytes = b"") -> dict[str, str]:
    """Headers of a request without a query (pure)."""
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    digest = hashlib.sha256(content).hexdigest()
    request = f"{method}\n{path}\n\nhost:{where.endpoint}\nx-amz-content-sha256:{digest}\nx-amz-date:{moment}\n\n{_SIGNED}\n{digest}"
    scope = f"{day}/{where.region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{where.secret_key}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return {
        "Host": where.endpoint,
        "x-amz-content-sha256": digest,
        "x-amz-date": moment,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={where.access_key}/{scope}, SignedHeaders={_SIGNED}, Signature={key.hex()}",
    }


def _refused(where: Bucket, key: str, answer: http.client.HTTPResponse) -> S3Error:
    found = _CODE.search(answer.read(1 << 16))
    code = found[1].decode() if found else str(answer.status)
    if code == "NoSuchBucket":
        return S3Error(f"{where.endpoint} has no bucket {where.bucket}: correct backup.s3.bucket")
    if code == "NoSuchKey":
        return NoSuchObject(f"bucket {where.bucket} has no {key}: backup.yml --check lists what is there")
    if answer.status == 403:
        return S3Error(f"{where.endpoint} refuses the account or its keys ({code}): correct them in the secrets file")
    return S3Error(f"{where.endpoint} answers {answer.status} ({code}) for {key} in bucket {where.bucket}")
