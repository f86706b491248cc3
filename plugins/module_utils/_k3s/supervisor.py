# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authenticated requests to a K3s supervisor: does it take a token, and the one call that rotates (k3s-contract 3.1, 3.3).

The password travels in a header over TLS that is checked against the cluster's CA, never in an argument or the environment.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import ssl
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import endpoints
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import USERS

# Seconds. A rotation writes to etcd; without quorum it would hang until the server ends.
TIMEOUT = 5.0
ROTATION_TIMEOUT = 30.0


@dataclass(frozen=True)
class Passwd:
    """The datastore's copy of cred/passwd: its bytes, and the time in seconds since the epoch that K3s compares with the file's."""

    content: bytes
    modified: float


@dataclass(frozen=True)
class Supervisor:
    """The port 6443 of one server; ``ca`` is the PEM text that its certificate must come from."""

    ca: str
    address: str = "127.0.0.1"
    port: int = 6443

    def status(self, kind: str, password: str) -> int | None:
        """The HTTP status of an authenticated request that returns no secret; None without an answer.

        For servers 405 means accepted (the route takes only PUT, authentication comes first), for agents 200; 401 a wrong
        password, 403 a wrong role, 503 not ready yet.
        """
        answer = self._ask(USERS[kind], password, "/v1-k3s/token" if kind == "server" else "/v1-k3s/readyz")
        return answer[0] if answer else None

    def accepts(self, kind: str, password: str) -> bool | None:
        """Whether the running process takes this password; None while it cannot say."""
        return {405: kind == "server", 200: kind == "agent", 401: False}.get(self.status(kind, password) or 0)

    def rotate(self, password: str, new: str) -> int | None:
        """Make ``new`` the servers' password in the datastore; 200 when done, None when the answer did not come."""
        answer = self._ask("server", password, "/v1-k3s/token", "PUT", json.dumps({"newToken": new}))
        return answer[0] if answer else None

    def passwd(self, password: str) -> Passwd | None:
        """cred/passwd as the datastore holds it. The answer carries the cluster's keys as well: only for a server's own root."""
        answer = self._ask("server", password, "/v1-k3s/server-bootstrap")
        if answer is None or answer[0] != 200:
            return None
        try:
            file = json.loads(answer[1])["PasswdFile"]
            return Passwd(base64.b64decode(file["Content"], validate=True), _seconds(file["Timestamp"]))
        except (KeyError, TypeError, ValueError, binascii.Error):
            return None

    def _ask(self, user: str, password: str, url: str, method: str = "GET", body: str | None = None) -> tuple[int, bytes] | None:
        credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        try:
            context = ssl.create_default_context(cadata=self.ca)
        except (ssl.SSLError, ValueError):
            return None
        timeout = TIMEOUT if method == "GET" else ROTATION_TIMEOUT
        connection = http.client.HTTPSConnection(self.address, self.port, timeout=timeout, context=context)
        return endpoints.ask(connection, url, method, body, {"Authorization": f"Basic {credentials}"})


def cacerts(address: str, port: int = 6443) -> bytes | None:
    """The CA that a supervisor shows to anybody, unverified: the caller compares its hash with the token's. None without an answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    answer = endpoints.ask(http.client.HTTPSConnection(address, port, timeout=TIMEOUT, context=context), "/cacerts")
    return answer[1] if answer and answer[0] == 200 else None


def _seconds(text: str) -> float:
    """Go's RFC 3339 time, with nanoseconds and 'Z', which Python 3.9 does not read."""
    moment, _point, rest = text.partition(".")
    digits = rest.rstrip("Z").partition("+")[0].partition("-")[0]
    zone = rest[len(digits) :] if rest else ""
    if moment.endswith("Z"):
        moment, zone = moment[:-1], "Z"
    return datetime.fromisoformat(moment + zone.replace("Z", "+00:00")).timestamp() + float(f"0.{digits or 0}")


def newer(modified: float, datastore: Passwd) -> bool:
    """K3s's rule for a file that differs: 3 s newer than the datastore's copy is fatal at the next start (k3s-contract 2)."""
    return modified >= datastore.modified + 3
