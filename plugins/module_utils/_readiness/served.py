# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask an address for a name over TLS, and say what came."""

from __future__ import annotations

import socket
import ssl
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._readiness.proofs import Served

SECONDS = 5.0


def ask(address: str, host: str, ca: str, port: int = 443) -> Served:
    """One handshake with an address for a name; ``ca`` is PEM, empty: the system's authorities."""
    context = ssl.create_default_context(cadata=ca or None)
    context.verify_flags &= ~0x20  # X509_V_FLAG_X509_STRICT, a default of Python 3.13: browsers and curl take authorities that lack an extension
    try:
        with socket.create_connection((address, port), timeout=SECONDS) as plain, context.wrap_socket(plain, server_hostname=host) as secure:
            return Served(host, _issuer(secure.getpeercert() or {}))
    except ssl.SSLCertVerificationError as error:
        return Served(host, error=str(error.verify_message))
    except OSError as error:
        return Served(host, error=str(error), answered=False)


def _issuer(certificate: t.Mapping[str, t.Any]) -> str:
    names = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    return str(names.get("organizationName") or names.get("commonName") or "")
