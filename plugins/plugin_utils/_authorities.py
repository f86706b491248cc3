# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""New CAs in a folder on the controller: whether K3s could take them, and whether the cluster would go on trusting (k3s-contract 7).

K3s checks little: a folder that is not there "succeeds". So everything is checked here, before any host is touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.plugin_utils._cryptography import (
    Encoding,
    InvalidSignature,
    PublicFormat,
    load_pem_private_key,
    x509,
)

#: The CAs of a K3s server, by their place under tls/ (docs.k3s.io, cli/certificate).
NAMES = ("server-ca", "client-ca", "request-header-ca", "etcd/server-ca", "etcd/peer-ca")

_NEW_ROOT = (
    "it is not signed by the present CA: a new root. Hosts would not trust each other while they restart, and every full token, agent and "
    "kubeconfig would be worthless, so this playbook does not do that. Let the present CA sign the new one (docs/runbooks/rotate.md)"
)


@dataclass(frozen=True)
class NewCAs:
    """``files`` to hand over, by their place under tls/; ``wanted``: SHA-256 of each certificate file; ``problems`` for the operator."""

    files: tuple[str, ...]
    wanted: Mapping[str, str]
    problems: tuple[str, ...]


def check(folder: Path, present: Mapping[str, bytes], now: datetime | None = None) -> NewCAs:
    """Check ``folder``/tls against what the cluster uses: ``present`` holds its certificate files by name, such as server-ca.crt."""
    tls = folder / "tls"
    given = [name for name in NAMES if (tls / f"{name}.crt").is_file() or (tls / f"{name}.key").is_file()]
    problems = [] if given else [f"{tls} holds none of {', '.join(f'{name}.crt' for name in NAMES)}"]
    for name in given:
        problems += [f"{tls / name}.crt: {problem}" for problem in _pair(tls / name, present.get(f"{name}.crt", b""), now or datetime.now(UTC))]
    certificates = [f"{name}.crt" for name in given if (tls / f"{name}.crt").is_file()]
    wanted = {name: hashlib.sha256((tls / name).read_bytes()).hexdigest() for name in certificates}
    return NewCAs(tuple(f"{name}.{end}" for name in given for end in ("crt", "key")), wanted, tuple(problems))


def _pair(path: Path, present: bytes, now: datetime) -> list[str]:
    try:
        text, private = path.with_name(path.name + ".crt").read_bytes(), path.with_name(path.name + ".key").read_bytes()
        chain = x509.load_pem_x509_certificates(text)
        key = load_pem_private_key(private, password=None)
        old = x509.load_pem_x509_certificates(present)
    except (OSError, ValueError, TypeError) as error:
        return [f"cannot be used: {error}"]
    first = chain[0]
    problems = []
    if key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != first.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    ):
        problems.append("the key beside it belongs to another certificate")
    if not _signs(first):
        problems.append("its first certificate may not sign others (basicConstraints CA:TRUE, keyUsage keyCertSign)")
    if not first.not_valid_before_utc <= now < first.not_valid_after_utc:
        problems.append(f"it is valid from {first.not_valid_before_utc:%Y-%m-%d} to {first.not_valid_after_utc:%Y-%m-%d}")
    if text != present:  # K3s compares only what changes, and so does a run that goes on after an interruption
        problems += _trust(chain, old)
    return problems


def _signs(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return constraints.ca and usage.key_cert_sign


def _trust(chain: Sequence[x509.Certificate], old: Sequence[x509.Certificate]) -> list[str]:
    if len(chain) == 1:
        return ["it holds a single certificate; K3s wants those that signed it behind it, up to the present root"]
    if _reaches(chain[0], chain[1:], old):
        return []
    return [_NEW_ROOT]


def _reaches(certificate: x509.Certificate, between: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> bool:
    """Whether signatures lead from a certificate over others to one that the cluster trusts already."""
    if any(_signed(certificate, root) for root in roots):
        return True
    return any(_signed(certificate, issuer) and _reaches(issuer, [c for c in between if c != issuer], roots) for issuer in between)


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
