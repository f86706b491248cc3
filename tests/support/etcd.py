# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one question to etcd that the tests ask, in the words of its protocol: the member list by a linearizable read.

gRPC over HTTP/2 with the client's certificate (etcd: api/etcdserverpb/rpc.proto, service Cluster; gRPC: length-prefixed
message; Protocol Buffers: encoding). Curl speaks the HTTP/2, so no gRPC library is needed.
"""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import protobuf

PATH = "/etcdserverpb.Cluster/MemberList"
HEADERS = ("content-type: application/grpc", "te: trailers")
#: MemberListRequest {linearizable: true}: uncompressed, two bytes, field 1 = 1.
REQUEST = b"\x00\x00\x00\x00\x02\x08\x01"
_PREFIX = 5


def voters(answer: bytes) -> frozenset[str] | None:
    """Host names of the members that vote, from the body of an answer; None when etcd refused (it then sends no message).

    K3s names a member after its host, a hyphen and eight hexadecimal digits. Raises ValueError for what is no such message.
    """
    if not answer:
        return None
    if len(answer) < _PREFIX or answer[0] or int.from_bytes(answer[1:_PREFIX]) != len(answer) - _PREFIX:
        raise ValueError(f"no single uncompressed gRPC message: {answer[:20]!r}")
    members = [dict(protobuf.fields(part)) for number, part in protobuf.fields(answer[_PREFIX:]) if number == 2 and isinstance(part, bytes)]
    names = [member.get(2, b"") for member in members if not member.get(5)]
    return frozenset(name.decode().rpartition("-")[0] for name in names if isinstance(name, bytes))
