# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one question to etcd that the tests ask, in the words of its protocol: the member list by a linearizable read.

gRPC over HTTP/2 with the client's certificate (etcd: api/etcdserverpb/rpc.proto, service Cluster; gRPC: length-prefixed
message; Protocol Buffers: encoding). Curl speaks the HTTP/2, so no gRPC library is needed.
"""

from __future__ import annotations

import typing as t

PATH = "/etcdserverpb.Cluster/MemberList"
HEADERS = ("content-type: application/grpc", "te: trailers")
#: MemberListRequest {linearizable: true}: uncompressed, two bytes, field 1 = 1.
REQUEST = b"\x00\x00\x00\x00\x02\x08\x01"
_PREFIX = 5
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def voters(answer: bytes) -> frozenset[str] | None:
    """Host names of the members that vote, from the body of an answer; None when etcd refused (it then sends no message).

    K3s names a member after its host, a hyphen and eight hexadecimal digits. Raises ValueError for what is no such message.
    """
    if not answer:
        return None
    if len(answer) < _PREFIX or answer[0] or int.from_bytes(answer[1:_PREFIX]) != len(answer) - _PREFIX:
        raise ValueError(f"no single uncompressed gRPC message: {answer[:20]!r}")
    members = [dict(_fields(part)) for number, part in _fields(answer[_PREFIX:]) if number == 2 and isinstance(part, bytes)]
    names = [member.get(2, b"") for member in members if not member.get(5)]
    return frozenset(name.decode().rpartition("-")[0] for name in names if isinstance(name, bytes))


def _fields(message: bytes) -> t.Iterator[tuple[int, int | bytes]]:
    """Number and value of every field; of nested messages and strings the bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind, size = key & 7, 0
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if at + size > len(message):
            raise ValueError("message ends within a field")
        yield key >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message):
            raise ValueError("message ends within a number")
        value |= (message[at] & 0x7F) << shift
        at += 1
        if not message[at - 1] & 0x80:
            return value, at
        shift += 7
