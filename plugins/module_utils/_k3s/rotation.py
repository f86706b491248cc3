# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next step of a rotation of the servers' token, from what was seen on all hosts (pure; k3s-contract 3.2, 3.3).

One server makes the call, restarts first and at once, then each peer gets the new token and restarts, then the agents'
files follow. Which token counts is never guessed from files: etcd names the key that its bootstrap data lie under. So a
rotation that was interrupted anywhere is recognised and finished, whoever began it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import quorum
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation

DONE, REFUSE, ROTATE, WRITE, RESTART, CURE, AGENT = "done", "refuse", "rotate", "write", "restart", "cure", "agent"
Hosts = t.Mapping[str, t.Optional[Observation]]

_NEWER, _DIFFERENT = "newer than datastore", "encrypted with different token"


@dataclass(frozen=True)
class Step:
    """One thing to do on one host, after which everything is looked at again.

    rotate: the one call. write: the token file becomes the token in force on ``via``. restart: (re)start and wait for the
    vote; ``server:`` names ``via``. cure: the same after removing cred/passwd. agent: the agents' token file as on ``via``.
    refuse and done end the rotation; ``reason`` is for the operator.
    """

    action: str
    reason: str
    host: str | None = None
    via: str | None = None


def next_step(servers: Hosts, agents: Hosts, begin: bool) -> Step:
    """Decide; ``begin`` starts a rotation when none is under way. A host that was not reached is None."""
    seen = {name: o for name, o in servers.items() if o is not None}
    target, trouble = in_datastore(seen)
    if target is None:
        return Step(REFUSE, trouble)
    pending = [name for name in sorted(seen, key=lambda name: _order(seen[name], target)) if not settled(seen[name], target)]
    if pending:
        return _finish(pending[0], seen, target)
    away = sorted(name for name, o in servers.items() if o is None)
    if begin:
        problems = obstacles(servers)
        return Step(REFUSE, "; ".join(problems)) if problems else Step(ROTATE, "every server is settled and healthy", min(seen))
    if away:
        return Step(REFUSE, f"{', '.join(away)} was not reached, so nobody knows whether it has the present token; repeat when it is back")
    return agents_step(seen, agents) or Step(DONE, f"every server has and accepts the token {target}; take a snapshot now, older ones need the older token")


def obstacles(servers: Hosts) -> list[str]:
    """Everything that forbids to begin: a rotation without quorum, or beside a server that lags, breaks the cluster (3.3)."""
    seen = {name: o for name, o in servers.items() if o is not None}
    found = [f"{name} was not reached" for name in sorted(servers) if name not in seen]
    for name, o in sorted(seen.items()):
        found += [f"{name} {what}" for what in _unfit(o, alone=len(servers) == 1)]
        if not quorum.survives_without(name, list(seen.values())):
            found.append(f"without {name} the others would not keep the majority, and it must restart")
    if quorum.voter_count(seen.values()) > len(servers):
        found.append("etcd counts more voters than servers were named; a server left out would not get the new token")
    if len({o.server_token.in_force for o in seen.values()}) > 1:
        found.append("the servers hold different tokens; the last rotation is not finished")
    return found


def _unfit(seen: Observation, alone: bool) -> t.Iterator[str]:
    state = seen.server_token
    if not seen.healthy:
        yield "is not a healthy voter"
    if seen.members and any(member.learner for member in seen.members):
        yield "sees a learner; wait until it votes"
    if state.configured != state.in_force:
        yield "has a token file that differs from the token in force; the next start would fail"
    if state.accepted is not True:
        yield "does not accept the token in its data folder; it has not restarted since the last rotation"
    if seen.credentials == "newer":
        yield "holds a cred/passwd that its datastore does not know; its next start would fail (agent token changed?)"
    if seen.datastore_token != state.in_force:
        yield "cannot say that etcd holds its token"
    if not alone and seen.join_url is None:
        yield "has no 'server:' for its next start; run site.yml first"


def in_datastore(seen: t.Mapping[str, Observation]) -> tuple[str | None, str]:
    """The digest of the token that the datastore's key belongs to, or None and why nobody can tell."""
    voices = {o.datastore_token for o in seen.values() if o.datastore_token}
    named = voices - {"other"}
    if len(named) > 1:
        return None, "the servers name different keys in etcd; look again"
    if named:
        return named.pop(), ""
    held = {o.server_token.in_force for o in seen.values() if o.datastore_token is None} - {None}
    if voices:  # the key is that of a token which only hosts hold that cannot be asked
        trouble = "etcd's data lie under a token that no server holds; put it into the server-token file of one server"
        return (held.pop(), "") if len(held) == 1 else (None, trouble)
    if len(seen) == 1:
        return _alone(next(iter(seen.values())))
    held |= {o.server_token.configured for o in seen.values()}
    unanimous = len(held) == 1 and held.isdisjoint({None, "invalid"})
    return (held.pop(), "") if unanimous else (None, "no server's etcd answers and their tokens differ; bring a majority up first")


def _alone(seen: Observation) -> tuple[str | None, str]:
    """A single server that is down: K3s's own refusal tells which of its two tokens is right (3.3)."""
    error, state = seen.last_error or "", seen.server_token
    right = state.in_force if _DIFFERENT in error and state.configured != state.in_force else state.configured
    if right in (None, "invalid"):
        return None, f"{seen.node_name} has no usable server-token file; write the token of its cluster into it"
    return right, ""


def settled(seen: Observation, target: str) -> bool:
    """Whether this server has, reads at its next start, and accepts the present token."""
    state = seen.server_token
    return state.in_force == state.configured == target and state.accepted is True and seen.healthy


def _order(seen: Observation, target: str) -> tuple[bool, bool, str]:
    """The server that made the call comes first, at once; then those that are down; then the peers."""
    called = seen.server_token.in_force == target or seen.server_token.accepted is False
    return (not called, seen.votes, seen.node_name)


def _finish(name: str, seen: t.Mapping[str, Observation], target: str) -> Step:
    me = seen[name]
    if me.server_token.configured != target:
        holders = sorted((o.node_name != name, o.node_name) for o in seen.values() if o.server_token.in_force == target)
        if not holders:
            return Step(REFUSE, f"{name} lacks the present token and no server that was reached holds it")
        return Step(WRITE, f"the token file of {name} gets the present token before its next start", name, holders[0][1])
    return restart(me, seen, broken(me, target), lambda o: settled(o, target))


def broken(seen: Observation, target: str) -> bool:
    """Whether cred/passwd holds a token that never reached the datastore: the next start would be fatal (3.3)."""
    called = seen.server_token.accepted is False or _NEWER in (seen.last_error or "") or seen.credentials == "newer"
    return seen.server_token.in_force != target and called


def restart(me: Observation, seen: t.Mapping[str, Observation], cure: bool, fit: t.Callable[[Observation], bool]) -> Step:
    """Restart a server, asking a fit one at its start; refused while the others would not keep the majority."""
    name = me.node_name
    if me.votes and not quorum.survives_without(name, list(seen.values())):
        return Step(REFUSE, f"{name} must restart at once, but the others would not keep the majority; bring them up first")
    others = sorted(o.node_name for o in seen.values() if o.node_name != name and fit(o))
    what = "cred/passwd never reached the datastore; it is removed, then K3s restarts" if cure else "it restarts with the present token"
    return Step(CURE if cure else RESTART, f"{name}: {what}", name, others[0] if others else None)


def agents_step(seen: t.Mapping[str, Observation], agents: Hosts) -> Step | None:
    """The next agent whose token file is not the one in force; a running agent needs no restart (3.2)."""
    source = min(seen)
    wanted = seen[source].agent_token.in_force
    for name, agent in sorted(agents.items()):
        if agent is not None and agent.agent_token.configured != wanted:
            return Step(AGENT, f"the token file of {name} gets the agents' present token", name, source)
    return None
