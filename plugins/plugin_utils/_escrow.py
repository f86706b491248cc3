# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The escrow bundle: everything that brings a lost cluster back, in one file that only the owners of the age keys can read.

A tar archive encrypted by age: ``manifest.json`` (nothing secret in it), then the secrets, then the snapshot.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from ansible_collections.groundwork.platform.plugins.plugin_utils._age import decrypting, encrypting

SUFFIX = ".escrow.age"
MANIFEST, SNAPSHOT = "manifest.json", "snapshot"
SECRETS = ("server-token", "agent-token", "encryption-config.json", "encryption-state.json")
FORMAT = 1


class EscrowError(Exception):
    """The file is no bundle; the text says why."""


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What a bundle holds."""

    environment: str
    node: str  # the server that saved the snapshot
    k3s_version: str
    snapshot: str  # its file name there
    sha256: str  # of the snapshot, as it was there
    size: int  # its bytes
    fingerprint: str | None  # of the server token that opens it
    cluster: str | None  # UID of the namespace kube-system
    saved_at: int  # seconds since the epoch
    planted: str  # what the planted objects held at that time; empty when none were planted
    format: int = FORMAT


def seal(target: Path, recipients: Sequence[str], manifest: Manifest, secrets: Mapping[str, bytes], snapshot: Path) -> None:
    """Write the bundle, complete or not at all; raises AgeError and OSError."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        with encrypting(partial, recipients) as pipe, tarfile.open(fileobj=pipe, mode="w|") as archive:
            _add(archive, MANIFEST, json.dumps(dataclasses.asdict(manifest)).encode())
            for name in SECRETS:
                if name in secrets:
                    _add(archive, name, secrets[name])
            with snapshot.open("rb") as stream:
                _add_stream(archive, SNAPSHOT, stream, snapshot.stat().st_size)
        partial.chmod(0o600)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def secrets_of(bundle: Path) -> dict[str, bytes]:
    """The secrets of a bundle, in memory only; raises EscrowError and AgeError."""
    return _read(bundle, None)[1]


def unpack(bundle: Path, target: Path) -> Manifest:
    """Write the snapshot of a bundle to a new file that nobody else can read; raises EscrowError, AgeError and OSError."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        return _read(bundle, output)[0]


def _read(bundle: Path, snapshot: IO[bytes] | None) -> tuple[Manifest, dict[str, bytes]]:
    """Manifest and secrets; the snapshot goes to the given file."""
    manifest, secrets, complete = None, {}, False
    with decrypting(bundle) as pipe:
        try:
            with tarfile.open(fileobj=pipe, mode="r|") as archive:
                for member in archive:
                    content = archive.extractfile(member)
                    if content is None:
                        continue
                    if member.name == MANIFEST:
                        manifest = Manifest(**json.load(content))
                    elif member.name in SECRETS:
                        secrets[member.name] = content.read()
                    elif member.name == SNAPSHOT:
                        complete = True
                        if snapshot is not None:
                            shutil.copyfileobj(content, snapshot, 1 << 20)
        except (tarfile.TarError, ValueError, TypeError):
            manifest = None
    if manifest is None or manifest.format != FORMAT or not complete:
        raise EscrowError(f"{bundle} is no escrow bundle of format {FORMAT}")
    return manifest, secrets


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    _add_stream(archive, name, io.BytesIO(content), len(content))


def _add_stream(archive: tarfile.TarFile, name: str, stream: IO[bytes], size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    archive.addfile(member, stream)
