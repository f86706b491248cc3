# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next step of a migration, from what is there now (pure). Nothing is remembered between runs, so any run can go on with any other's.

A server that goes for good leaves after all others vote. One that keeps its name leaves first, because two machines cannot have one name;
two voters have to be enough until it is back, so it goes only from among three healthy ones. Never is more than one server on its way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import quorum, removal
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural
from ansible_collections.groundwork.platform.plugins.plugin_utils._migration import texts
from ansible_collections.groundwork.platform.plugins.plugin_utils._migration.model import Server, Step

JOIN, LEAVE, SWITCH_OFF, BY_HAND, DONE, REFUSE = "join", "leave", "switch_off", "by_hand", "done", "refuse"
#: Healthy voters from among which one may leave: the other two are the majority of the three, and of what remains.
ENOUGH = 3


def next_step(servers: Sequence[Server]) -> Step:
    """Decide; every server of the environment must be given."""
    ordered = sorted(servers, key=lambda server: (not server.leaving, natural(server.name)))
    members = _members(ordered)
    if not members:
        return Step(REFUSE, "", texts.REFUSED, problems=(texts.NO_CLUSTER,))
    going = [server for server in ordered if server.to_go and not _gone(server, members)]
    todo = tuple(server.name for server in going)
    step = _in_transit(going, members) or _missing(ordered) or _next_leaver(going) or Step(DONE, "", texts.at_the_end(ordered))
    problems = [*_problems(ordered, members), *(_against_leaving(step, ordered) if step.action == LEAVE else ())]
    if problems:
        return Step(REFUSE, step.node, texts.REFUSED, todo=todo, problems=tuple(dict.fromkeys(problems)))
    leaver = step.node if step.action == LEAVE else next((server.name for server in going if server.leaving and step.action == JOIN), "")
    return dataclasses.replace(step, leaver=leaver, todo=todo)


def _members(servers: Sequence[Server]) -> frozenset[str]:
    """Nodes that etcd counts, learners too, as healthy voters list them."""
    return frozenset(member.node for server in servers if server.seen and server.seen.votes for member in server.seen.members or ())


def _has_left(server: Server, members: frozenset[str]) -> bool:
    """Out of etcd, and nothing of a removal is left to do on the host: K3s does not start there any more, and its data are put aside."""
    return server.name not in members and not (server.seen and (server.seen.has_etcd or server.seen.unit_enabled))


def _gone(server: Server, members: frozenset[str]) -> bool:
    return server.leaving and _has_left(server, members) and not server.on


def _cut_off(server: Server, members: frozenset[str]) -> bool:
    """Whether its removal was begun and not finished: K3s was kept from starting, or the member is gone and the host does not know."""
    if server.seen is None or _has_left(server, members):
        return False
    return server.name not in members or not (server.seen.unit_enabled or server.seen.healthy)


def _in_transit(going: Sequence[Server], members: frozenset[str]) -> Step | None:
    """A server that is on its way already goes on before any other moves."""
    for server in going:
        if _cut_off(server, members):
            return Step(LEAVE, server.name, texts.cut_off(server))
        if _has_left(server, members):
            return Step(SWITCH_OFF, server.name, texts.still_on(server)) if server.on else Step(BY_HAND, server.name, texts.make_room(server))
    return None


def _missing(servers: Sequence[Server]) -> Step | None:
    """The first server that is to stay and does not vote: site.yml creates its machine and lets it join, unless its host is not there."""
    for server in servers:
        if server.to_go or (server.seen and server.seen.healthy):
            continue
        if not server.machines and server.host_lacks:
            return Step(BY_HAND, server.name, texts.no_host_yet(server))
        return Step(JOIN, server.name, texts.joins(server))
    return None


def _next_leaver(going: Sequence[Server]) -> Step | None:
    return next((Step(LEAVE, server.name, texts.leaves(server), trial=server.changes_host) for server in going), None)


def _problems(servers: Sequence[Server], members: frozenset[str]) -> Iterator[str]:
    """What stands against every step."""
    for server in servers:
        if len(server.machines) > 1:
            yield texts.twice(server)
        if server.to_go and any(not machine.ours for machine in server.machines):
            yield texts.adopted(server)
        ailing = server.name in members and not (server.seen and server.seen.healthy)
        if ailing and (server.to_go or server.seen is None) and not _cut_off(server, members):
            yield texts.ailing(server)


def _against_leaving(step: Step, servers: Sequence[Server]) -> Iterator[str]:
    """What stands against the departure of one server. One whose departure was cut off is no voter any more: the others are counted."""
    leaver = {server.name: server for server in servers}[step.node]
    yield from removal.plan(leaver.name, {server.name: server.seen for server in servers}).problems
    yield from _together([server for server in servers if not server.leaving])
    voters = sum(1 for server in servers if server.seen and server.seen.healthy)
    begun = not (leaver.seen and leaver.seen.healthy)
    if voters < ENOUGH - begun:
        yield texts.too_few(leaver, voters, ENOUGH - begun)
    if not begun and leaver.changes_host and leaver.host_lacks:
        yield texts.no_place(leaver)


def _together(staying: Sequence[Server]) -> Iterator[str]:
    """Servers on too few hosts: the loss of one would stop the cluster (C0-21 of the requirements)."""
    by_domain: dict[str, list[str]] = {}
    for server in staying:
        by_domain.setdefault(server.domain, []).append(server.name)
    fullest = max(by_domain, key=lambda domain: len(by_domain[domain]), default="")
    if len(staying) >= ENOUGH and len(staying) - len(by_domain[fullest]) < quorum.majority(len(staying)):
        yield texts.together(len(staying), len(by_domain), fullest, by_domain[fullest])
