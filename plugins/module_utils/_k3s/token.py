# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms, checks and fingerprints of K3s join tokens (pure; never does I/O, never puts a token into an error).

Sources: k3s-contract 1 and 3.1 (K3s ``pkg/clientaccess/token.go``, ``pkg/cluster/encrypt.go``).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import ssl
from dataclasses import dataclass

_SECURE = re.compile(r"K10(?P<ca>[0-9a-f]{64})::(?P<user>[a-z]+):(?P<password>.+)\Z", re.DOTALL)
_KUBEADM = re.compile(r"[a-z0-9]{6}\.[a-z0-9]{16}\Z")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_PASSWORD = re.compile(r"[A-Za-z0-9._-]+\Z")
# K3s's own random password has 32 hexadecimal digits, 128 bits. Of anything shorter no fingerprint is shown: the
# fingerprint is an unsalted SHA-256, and K3s stamps it on every snapshot.
_FINGERPRINT_MINIMUM = 32
USERS = {"server": "server", "agent": "node"}


class TokenError(Exception):
    """A token that must not be used; the text names the reason and the remedy, never the token."""


@dataclass(frozen=True)
class Token:
    """A parsed token: the password alone (short form), or bound to the hash of the cluster's CA (secure form)."""

    password: str
    ca_hash: str | None = None
    user: str | None = None

    @property
    def form(self) -> str:
        """short: the password alone; secure: bound to the CA."""
        return "short" if self.ca_hash is None else "secure"

    @property
    def fingerprint(self) -> str | None:
        """First 12 digits of the password's SHA-256, as in K3s's key ``/bootstrap/<fingerprint>``; None for a weak password."""
        if len(self.password) < _FINGERPRINT_MINIMUM:
            return None
        return key_name(self.password)

    @property
    def digest(self) -> str:
        """What stands for the token where hosts are compared: its fingerprint, or 'weak'."""
        return self.fingerprint or "weak"

    def secure(self, ca_hash: str, kind: str) -> str:
        """The full form that a joiner of this kind (server or agent) gets, so that it verifies the cluster's CA."""
        return f"K10{ca_hash}::{USERS[kind]}:{self.password}"


def parse(text: str, kind: str | None = "server") -> Token:
    """Read a token for servers or agents (None: for either); raises TokenError for every form that K3s takes and later breaks on."""
    value = text.strip()
    if not value:
        raise TokenError("the token is empty; K3s would silently start a cluster of its own; give a token or leave the variable unset")
    if _KUBEADM.match(value):
        raise TokenError("this is a kubeadm bootstrap token (abcdef.0123…); it degrades a K3s cluster as its token; use 32 or more letters and digits")
    if not value.startswith("K10"):
        return Token(_checked_password(value))
    match = _SECURE.match(value)
    if match is None:
        raise TokenError("a token that starts with K10 must read K10<64 hexadecimal digits>::<user>:<password>; copy /var/lib/rancher/k3s/server/token again")
    if kind is not None and match["user"] != USERS[kind]:
        raise TokenError(f"a token for a {kind} must say ::{USERS[kind]}:, this one says ::{match['user']}:; K3s would store the wrong password")
    return Token(_checked_password(match["password"]), match["ca"], match["user"])


def _checked_password(password: str) -> str:
    if "::" in password:
        raise TokenError("the password contains '::', which K3s takes for the end of a CA hash; use letters and digits")
    if not _PASSWORD.match(password):
        raise TokenError("the password contains blanks, quotes, % or other signs that YAML, systemd or URLs change; use letters and digits")
    if password.startswith("K10"):
        raise TokenError("the password starts with K10, which K3s takes for a CA hash; use another one")
    return password


def generate() -> str:
    """A new random password of 192 bits."""
    return secrets.token_hex(24)


def key_name(password: str) -> str:
    """The name behind ``/bootstrap/`` of the datastore's key. Of a weak password this must not be shown: it can be guessed from it."""
    return hashlib.sha256(password.encode()).hexdigest()[:12]


def ca_hash(certificates: bytes) -> str:
    """Hash of the cluster's CA behind K10: SHA-256 of the file's bytes, or of the root's DER when the file is a chain (k3s docs, cli/token)."""
    found = _CERTIFICATE.findall(certificates.decode("ascii", "replace"))
    if len(found) > 1:
        certificates = ssl.PEM_cert_to_DER_cert(found[-1])
    return hashlib.sha256(certificates).hexdigest()
