# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates on a host: what each says, and when it was made (k3s-contract 2 and 7)."""

from __future__ import annotations

import base64
import binascii
import json
import re
import ssl
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import system
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths

_AUTHORITY = re.compile(r"-ca(\.nochain)?\.crt\Z")
_FIELDS = re.compile(r"^(subject|serial|notAfter)=\s*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Certificate:
    """The first certificate in a file. ``made`` and ``not_after`` are seconds since the epoch.

    ``made`` is the file's time of modification: K3s writes a certificate once, and copies its notBefore from the CA.
    """

    path: str
    subject: str
    serial: str
    made: float
    not_after: float

    @property
    def renewable(self) -> bool:
        """Whether ``k3s certificate rotate`` replaces it: leafs of servers, etcd and agents, no CA."""
        path = Path(self.path)
        return path.suffix == ".crt" and path.parent.name in ("tls", "etcd", "agent") and not _AUTHORITY.search(path.name)


def look(run: system.Run, paths: Paths) -> tuple[Certificate, ...]:
    """Every certificate of this host's K3s, by path; one that openssl cannot read is left out."""
    found = [_read(run, path, path) for path in _files(paths)]
    found.append(_serving(run, paths.server_dir / "tls/dynamic-cert.json"))
    return tuple(certificate for certificate in found if certificate is not None)


def _files(paths: Paths) -> list[Path]:
    tls, agent = paths.server_dir / "tls", paths.server_dir.parent / "agent"
    return sorted([*tls.glob("*.crt"), *tls.glob("etcd/*.crt"), *tls.glob("kube-*/*.crt"), *agent.glob("*.crt")])


def _read(run: system.Run, path: Path, name: Path) -> Certificate | None:
    out = run(["openssl", "x509", "-in", str(path), "-noout", "-subject", "-nameopt", "RFC2253", "-serial", "-enddate"])
    fields = dict(_FIELDS.findall(out))
    try:
        return Certificate(str(name), fields["subject"], fields["serial"], name.stat().st_mtime, float(ssl.cert_time_to_seconds(fields["notAfter"])))
    except (KeyError, ValueError, OSError):
        return None


def _serving(run: system.Run, cache: Path) -> Certificate | None:
    """The certificate of port 6443, which K3s keeps in a copy of the Secret kube-system/k3s-serving."""
    try:
        held: t.Mapping[str, str] = json.loads(cache.read_text(encoding="utf-8"))["data"]
        text = base64.b64decode(held["tls.crt"], validate=True)
    except (OSError, ValueError, KeyError, TypeError, binascii.Error):
        return None
    with tempfile.NamedTemporaryFile() as copy:
        copy.write(text)
        copy.flush()
        return _read(run, Path(copy.name), cache)
