# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether one server may be away for a while, from what was seen on all of them (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import quorum
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation


def problems(first: str, seen: t.Mapping[str, Observation]) -> list[str]:
    """What stands against it: the one that goes may be missing already; all others must vote."""
    everybody = list(seen.values())
    ailing = sorted(o.node_name for o in everybody if not o.healthy and o.node_name != first)
    found = [f"{name} is not a healthy voter; bring it up first (site.yml)" for name in ailing]
    if not quorum.survives_without(first, everybody):
        found.append(f"without {first} the others would not keep the majority")
    if any(member.learner for o in everybody for member in o.members or ()):
        found.append("etcd has a learner; wait until it votes")
    return found


def refusals(name: str, servers: t.Mapping[str, Observation | None]) -> list[str]:
    """The same for a server, or for an agent, whose absence costs no vote; None stands for a server that was not reached."""
    seen = {server: o for server, o in servers.items() if o is not None}
    found = [f"{server} was not reached" for server in sorted(servers) if server not in seen and server != name]
    if name not in servers and not any(o.healthy for o in seen.values()):
        found.append("no server is healthy")
    return found + (problems(name, seen) if name in servers else [])
