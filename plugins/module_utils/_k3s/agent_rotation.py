# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next step of a change of the agents' token, and of the way out of its trap (pure; k3s-contract 3.4, way c).

A server that starts with another agent token rewrites cred/passwd; the datastore keeps the old one, and the *second*
restart is fatal. A rotation of the servers' token to itself makes the datastore follow. So one server restarts with the
new agent token and makes that call before it restarts again; then its peers get the token and restart.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.rotation import DONE, REFUSE, WRITE, Step

NEW, RENEW = "new", "renew"


def next_step(servers: rotation.Hosts, agents: rotation.Hosts, change: bool, begin: bool = False) -> Step:
    """Decide. ``change``: a server that stands alone with another agent token leads; without it, it is led back.

    ``begin`` starts a change when none is under way. Further actions: new, write the new agent token on one server; renew,
    call for the rotation of the servers' token to itself there; write and restart concern the agents' token here.
    """
    seen = {name: o for name, o in servers.items() if o is not None}
    trouble = _unsettled(servers, seen)
    if trouble:
        return Step(REFUSE, trouble)
    leader = _leader(seen) if change else None
    step = _lead(leader, seen) if leader is not None else _agree(seen)
    if step is None and begin:
        problems = rotation.obstacles(servers)
        return Step(REFUSE, "; ".join(problems)) if problems else Step(NEW, "every server is settled and healthy", min(seen))
    return step or rotation.agents_step(seen, agents) or Step(DONE, "every server has and accepts the same agents' token, and so have the agents")


def _agree(seen: t.Mapping[str, Observation]) -> Step | None:
    """Bring every server to the agents' token that the datastore holds; None when nothing is left to do."""
    target = _target(seen)
    if target is None:
        return Step(REFUSE, "the servers' agent tokens differ and none of them is the datastore's; put the same one into every agent-token file")
    if all(o.credentials == "newer" for o in seen.values()):
        return _renew(seen[min(seen)], seen)
    lagging = [name for name in sorted(seen, key=lambda name: (seen[name].votes, name)) if not _has(seen[name], target)]
    return _follow(seen[lagging[0]], seen, target) if lagging else None


def _unsettled(servers: rotation.Hosts, seen: t.Mapping[str, Observation]) -> str | None:
    """A change of the agents' token needs every server, and the servers' own token at rest."""
    away = sorted(set(servers) - set(seen))
    if away:
        return f"{', '.join(away)} was not reached"
    target, trouble = rotation.in_datastore(seen)
    if target is None:
        return trouble
    lagging = sorted(o.node_name for o in seen.values() if {o.server_token.in_force, o.server_token.configured} != {target} or o.server_token.accepted is False)
    return f"the rotation of the servers' token is not finished on {', '.join(lagging)}; finish it first" if lagging else None


def _trapped(seen: Observation) -> bool:
    """cred/passwd differs from the datastore and is newer: seen before the fatal start, or read from its message."""
    error = seen.last_error or ""
    return seen.credentials == "newer" or ("passwd" in error and "newer than datastore" in error)


def _leader(seen: t.Mapping[str, Observation]) -> Observation | None:
    """The one server with a new agent token that the datastore does not hold yet."""
    odd = [o for o in seen.values() if o.agent_token.configured != o.agent_token.in_force or _trapped(o)]
    others = {o.agent_token.in_force for o in seen.values() if o not in odd}
    if len(odd) != 1 or odd[0].agent_token.configured in (None, "invalid") or odd[0].agent_token.configured in others:
        return None
    return odd[0] if all(o.credentials == "same" for o in seen.values() if o not in odd) else None


def _target(seen: t.Mapping[str, Observation]) -> str | None:
    """The agents' token of the servers that agree with the datastore; when none does, the one that all of them hold."""
    agreeing = [o for o in seen.values() if o.credentials == "same"]
    digests = {o.agent_token.in_force for o in agreeing or seen.values()}
    if not agreeing:
        digests |= {o.agent_token.configured for o in seen.values()}
    return digests.pop() if len(digests) == 1 else None


def _has(seen: Observation, target: str) -> bool:
    state = seen.agent_token
    return state.in_force == state.configured == target and state.accepted is True and not _trapped(seen) and seen.healthy


def _lead(leader: Observation, seen: t.Mapping[str, Observation]) -> Step:
    if leader.healthy and leader.credentials == "newer":
        return _renew(leader, seen)
    return rotation.restart(leader, seen, _trapped(leader), lambda o: o.healthy)


def _renew(leader: Observation, seen: t.Mapping[str, Observation]) -> Step:
    unfit = sorted(o.node_name for o in seen.values() if not o.healthy)
    if unfit:
        return Step(REFUSE, f"{', '.join(unfit)} is no healthy voter; a rotation without quorum breaks the cluster; do not restart {leader.node_name} before")
    return Step(RENEW, f"the datastore takes over the agents' token of {leader.node_name} before its next restart", leader.node_name)


def _follow(me: Observation, seen: t.Mapping[str, Observation], target: str) -> Step:
    if me.agent_token.configured != target:
        source = min(o.node_name for o in seen.values() if o.agent_token.in_force == target)
        return Step(WRITE, f"the agent token file of {me.node_name} gets the token in force before its next start", me.node_name, source)
    return rotation.restart(me, seen, _trapped(me), lambda o: o.healthy and o.agent_token.in_force == target)
