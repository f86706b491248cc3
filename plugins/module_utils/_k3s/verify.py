# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a host's token work at a server, and if not, why: K3s's own texts tell the cases hardly apart (k3s-contract 3.1, 3.2)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import supervisor, token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token

LOOPBACK = "127.0.0.1"
VERIFIED = "verified"
_ACCEPTED = {"server": 405, "agent": 200}


@dataclass(frozen=True)
class Evidence:
    """What is known: the file's token, hashes of the CA that the server shows and of this host's own, the answer to the token."""

    token: Token
    kind: str
    address: str
    shown_ca: str | None  # None: no answer
    local_ca: str | None  # None: this host holds no cluster data
    in_force: Token | None  # what K3s on this host calls its token
    status: int | None  # HTTP; None: not asked, or no answer

    @property
    def hash_fits(self) -> bool:
        """A short token fits every CA: it verifies none."""
        return self.token.ca_hash in (None, self.shown_ca)


def may_ask(evidence: Evidence) -> bool:
    """Whether the password may be sent: only to a server whose CA the token or this host's data vouch for, or to this host itself.

    A short token is sent as K3s would send it.
    """
    return evidence.shown_ca is not None and (evidence.hash_fits or evidence.address == LOOPBACK or evidence.shown_ca == evidence.local_ca)


def judge(evidence: Evidence) -> tuple[str, str]:
    """The verdict and its explanation with the remedy (pure)."""
    where = evidence.address
    if evidence.shown_ca is None:
        return "not_ready", f"nothing answers at {where}:6443; start K3s there, or wait until it listens"
    if evidence.status == _ACCEPTED[evidence.kind]:
        if evidence.hash_fits:
            return VERIFIED, f"the server at {where} accepts the token"
        return "wrong_ca_hash", f"the password is right, but the CA hash is not that of {where}; the cluster's CA has changed: read the token there again"
    if not evidence.hash_fits:
        return _foreign(evidence)
    if evidence.status in (401, 403):
        return _refused(evidence)
    return "not_ready", f"the server at {where} gives no answer to the token yet (HTTP {evidence.status or 'none'}); look at 'journalctl -u k3s' there"


def _foreign(evidence: Evidence) -> tuple[str, str]:
    where = evidence.address
    if evidence.local_ca == evidence.token.ca_hash:
        return "another_server", f"the server at {where} belongs to another cluster than this host's token and data; correct its address"
    if evidence.status == 401 or evidence.local_ca == evidence.shown_ca:
        return "another_clusters_token", f"the token is that of another cluster than {where}: neither its CA hash nor its password fits; read the token there"
    text = f"the token's CA hash is not that of {where}, so the password was not sent: another cluster's token, or the CA has changed; read the token there"
    return "wrong_ca_hash", text


def _refused(evidence: Evidence) -> tuple[str, str]:
    where, in_force = evidence.address, evidence.in_force
    if evidence.status == 403:
        return "wrong_role", f"the server at {where} knows the password for another role; servers and agents have tokens of their own"
    if in_force is not None and where == LOOPBACK and in_force.password == evidence.token.password:
        return "restart_pending", "the token was rotated and K3s on this host has not restarted since; restart it at once, before its peers"
    if in_force is not None and where == LOOPBACK:
        return "stale", "the token file holds another token than K3s on this host uses; write it again from the running cluster"
    if evidence.local_ca == evidence.shown_ca:
        return "stale", f"this host has been in the cluster of {where}, whose token was rotated since; read the token there again"
    return "wrong_password", f"the CA hash fits, but the server at {where} refuses the password: mistyped, or rotated since; read the token there again"


def look(paths: Paths, kind: str, address: str) -> Evidence:
    """Gather the evidence; raises TokenError for a file that no K3s should start with, OSError when there is none."""
    parsed = token.parse(paths.token_file(kind).read_text(encoding="utf-8"), None)
    shown = supervisor.cacerts(address)
    local = token.ca_hash(paths.ca.read_bytes()) if paths.ca.is_file() else None
    own = paths.cluster_token(kind)
    in_force = token.parse(own.read_text(encoding="utf-8"), None) if own.is_file() else None
    evidence = Evidence(parsed, kind, address, token.ca_hash(shown) if shown else None, local, in_force, None)
    if shown is None or not may_ask(evidence):
        return evidence
    status = supervisor.Supervisor(shown.decode("ascii", "replace"), address).status(kind, parsed.password)
    return dataclasses.replace(evidence, status=status)
