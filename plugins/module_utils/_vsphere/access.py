# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one vCenter is reached: its address and account, and TLS that is verified before anything is said.

pyvmomi's own ``thumbprint`` is no pin (it is looked at only after a chain failure, and switches verification off): a pin
is checked here on the leaf certificate before any credential is sent, and then only that leaf is trusted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Problem

PROBE_SECONDS = 10.0


class VSphereError(Exception):
    """A vCenter cannot be used; ``problem`` says why and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class Access:
    """How to reach one vCenter. ``ca_path`` is a PEM file, ``sha256_pin`` the hash of the leaf certificate (hex, colons allowed)."""

    name: str
    hostname: str
    username: str
    password: str = field(repr=False)
    port: int = 443
    ca_path: str = ""
    sha256_pin: str = ""


def tls_context(access: Access) -> ssl.SSLContext:
    """A context that trusts the CA file, the pinned leaf, or the system's CAs, proven by one handshake without credentials."""
    place = f"{access.name} ({access.hostname}:{access.port})"
    try:
        context = _pinned(access, place) if access.sha256_pin else ssl.create_default_context(cafile=access.ca_path or None)
        _handshake(access, context)
    except ssl.SSLCertVerificationError as error:
        remedy = "set ca_path to the CA that signed it, or sha256_pin to the certificate's hash"
        raise VSphereError(Problem("V-CERTIFICATE", place, f"its certificate is not trusted: {error.verify_message}", remedy)) from error
    except FileNotFoundError as error:
        raise VSphereError(Problem("V-CA-FILE", place, f"CA file {access.ca_path} does not exist", "correct ca_path")) from error
    except ssl.SSLError as error:
        raise VSphereError(Problem("V-TLS", place, f"TLS failed: {error.reason or error}", "check the port, ca_path and the vCenter's TLS version")) from error
    except OSError as error:
        raise VSphereError(Problem("V-UNREACHABLE", place, f"cannot be reached: {error}", "check name resolution, route and firewall")) from error
    return context


def _pinned(access: Access, place: str) -> ssl.SSLContext:
    untrusting = ssl.create_default_context()
    untrusting.check_hostname = False
    untrusting.verify_mode = ssl.CERT_NONE  # only to fetch the certificate that is then compared; nothing else is sent
    leaf = _handshake(access, untrusting)
    seen = hashlib.sha256(leaf).hexdigest()
    wanted = access.sha256_pin.replace(":", "").strip().lower()
    if not hmac.compare_digest(seen, wanted):
        remedy = "if the vCenter's certificate was renewed, verify the new hash out of band and set sha256_pin"
        raise VSphereError(Problem("V-PIN", place, f"its certificate has SHA-256 {seen}, not the pinned one", remedy))
    pem = "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(leaf).decode() + "-----END CERTIFICATE-----\n"
    context = ssl.create_default_context(cadata=pem)
    context.verify_flags |= 0x80000  # X509_V_FLAG_PARTIAL_CHAIN: the leaf itself is the trust anchor
    context.check_hostname = False
    return context


def _handshake(access: Access, context: ssl.SSLContext) -> bytes:
    plain = socket.create_connection((access.hostname, access.port), timeout=PROBE_SECONDS)
    with plain, context.wrap_socket(plain, server_hostname=access.hostname) as secure:
        return secure.getpeercert(binary_form=True) or b""
