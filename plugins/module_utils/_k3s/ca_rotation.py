# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next step of a renewal of the cluster's CAs, from what was seen on all hosts (pure; k3s-contract 7).

One server hands the new files to the datastore and restarts; each of the others gets them from there at its restart. Old and new
certificates trust each other meanwhile, because the new CAs are signed by the old ones; others are refused before (_certificates).
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import certificate_rotation, rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.rotation import DONE, REFUSE, RESTART, ROTATE, Step

Digests = t.Mapping[str, str]

_FOLDERS = {"server": "/var/lib/rancher/k3s/server/tls/", "agent": "/var/lib/rancher/k3s/agent/"}
_AGENTS_HAVE = ("server-ca.crt", "client-ca.crt")


def next_step(servers: rotation.Hosts, agents: rotation.Hosts, wanted: Digests) -> Step:
    """Decide. ``wanted``: SHA-256 of each new certificate file by its name, such as etcd/peer-ca.crt.

    rotate: the call, and the restart of the server that makes it; made again when a run ended between the two.
    """
    away = sorted(name for name, o in {**servers, **agents}.items() if o is None)
    if away:
        return Step(REFUSE, f"{', '.join(away)} was not reached")
    seen = {name: o for name, o in sorted(servers.items()) if o is not None}
    ailing = [name for name, o in seen.items() if not o.healthy]
    if ailing:
        return certificate_rotation.finish(ailing, RESTART)
    pending = [name for name, o in seen.items() if lacking(o, wanted, "server")]
    if pending:
        problems = rotation.obstacles(servers)
        if problems:
            return Step(REFUSE, "; ".join(problems))
        called = len(pending) < len(seen)
        return Step(RESTART if called else ROTATE, f"{pending[0]} does not have the new CAs", pending[0])
    for name, agent in sorted(agents.items()):
        if agent is not None and (lacking(agent, wanted, "agent") or agent.unit_state != "active"):
            return Step(RESTART, f"{name} does not have the new CAs", name)
    return Step(DONE, "every host has the new CAs, and certificates that they signed")


def lacking(seen: Observation, wanted: Digests, role: str) -> list[str]:
    """Names of the certificates that a server or agent should have and does not, or not the new ones."""
    return [name for name, path in _paths(wanted, role).items() if seen.files.get(path, {}).get("sha256") != wanted[name]]


def paths(wanted: Digests) -> list[str]:
    """Where they lie on servers and on agents: what has to be looked at."""
    return [path for role in _FOLDERS for path in _paths(wanted, role).values()]


def _paths(wanted: Digests, role: str) -> dict[str, str]:
    return {name: _FOLDERS[role] + name for name in sorted(wanted) if role == "server" or name in _AGENTS_HAVE}
