# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a snapshot of etcd says about itself, read from the file alone: whether it is whole, whose it is, and which token opens it.

Sources: etcd ``client/v3/snapshot/v3_snapshot.go`` (the SHA-256 at the end), ``server/storage/mvcc`` (revisions), K3s ``pkg/cluster/storage.go``
(``/bootstrap/<fingerprint>``, k3s-contract 3.2), Kubernetes ``core/v1/generated.proto`` (numbers of fields).
"""

from __future__ import annotations

import hashlib
import mmap
import shutil
import typing as t
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import bolt, protobuf

ZIP = ".zip"
_SHA256_BYTES = 32
_BOOTSTRAP, _NODES, _SYSTEM = b"/bootstrap/", b"/registry/minions/", b"/registry/namespaces/kube-system"
_REVISION_BYTES = 17  # 8 main, '_', 8 sub; a deletion has a 't' behind it
_KUBERNETES = b"k8s\0"
# Field numbers: mvccpb.KeyValue.key and .value; runtime.Unknown.raw; Namespace.metadata.uid; Node.status.nodeInfo.kubeletVersion.
_KEY, _VALUE, _RAW, _UID, _KUBELET = 1, 5, 2, (1, 5), (3, 7, 7)


class NotASnapshot(Exception):
    """The file is no whole snapshot of etcd; the text says why."""


@dataclass(frozen=True)
class Snapshot:
    """What is in a snapshot."""

    sha256: str  # of the whole file
    size: int  # bytes
    revision: int  # of etcd
    fingerprint: str | None  # of the server token that opens it; None when it holds none or several
    cluster: str | None  # UID of the namespace kube-system, which no two clusters share
    nodes: t.Mapping[str, str]  # name: version of its kubelet


def read(path: Path) -> Snapshot:
    """Read a snapshot (not compressed); raises NotASnapshot and OSError."""
    size = path.stat().st_size
    if size <= _SHA256_BYTES:
        raise NotASnapshot(f"it has only {size} bytes")
    with path.open("rb") as stream:
        # Not closed by hand: an error on its way out still holds parts of it.
        view = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    database = view[:-_SHA256_BYTES]
    if hashlib.sha256(database).digest() != bytes(view[-_SHA256_BYTES:]):
        raise NotASnapshot("it does not end with the SHA-256 of its content: it is truncated or was changed, or is no snapshot of etcd")
    try:
        return _content(hashlib.sha256(view).hexdigest(), size, database)
    except (bolt.NotADatabase, protobuf.NotAMessage) as error:
        raise NotASnapshot(str(error)) from None


def unpacked(path: Path, folder: Path) -> Path:
    """The snapshot itself: a compressed one is unpacked into the folder, any other is left as it is; raises NotASnapshot and OSError."""
    if path.suffix != ZIP:
        return path
    target = folder / path.stem
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = archive.namelist()
            with archive.open(name) as source, target.open("wb") as output:
                shutil.copyfileobj(source, output, 1 << 20)
    except (zipfile.BadZipFile, ValueError, EOFError):
        raise NotASnapshot("it is no whole zip archive with one snapshot in it") from None
    return target


def _content(sha256: str, size: int, database: memoryview) -> Snapshot:
    revision, found = _newest(database)
    tokens = [key[len(_BOOTSTRAP) :].decode("ascii", "replace") for key, value in found.items() if key.startswith(_BOOTSTRAP) and value]
    nodes = {key[len(_NODES) :].decode(): _text(value, *_KUBELET) for key, value in found.items() if key.startswith(_NODES)}
    return Snapshot(sha256, size, revision, tokens[0] if len(tokens) == 1 else None, _text(found.get(_SYSTEM, b""), *_UID) or None, nodes)


def _newest(database: memoryview) -> tuple[int, dict[bytes, bytes]]:
    """The last revision, and the present value of each key that is looked for."""
    found: dict[bytes, bytes] = {}
    last = b"\0" * 8
    for revision, pair in bolt.pairs(database, b"key"):
        last = revision[:8]
        key = _key(pair)
        if not key.startswith((_BOOTSTRAP, _NODES)) and key != _SYSTEM:
            continue
        if len(revision) > _REVISION_BYTES:
            found.pop(key, None)
        else:
            found[key] = protobuf.member(pair, _VALUE)
    return int.from_bytes(last, "big"), found


def _key(pair: memoryview) -> bytes:
    """Its key, which is the first field; the value behind it may be long and is not looked at."""
    return next((value for number, value in protobuf.fields(pair) if number == _KEY and isinstance(value, bytes)), b"")


def _text(value: bytes, *path: int) -> str:
    if not value.startswith(_KUBERNETES):
        return ""
    return protobuf.member(value[len(_KUBERNETES) :], _RAW, *path).decode("utf-8", "replace")
