# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do with one server, from what was seen on all of them (pure).

Rules (architecture.md 6 and 7): the state seen decides, never a place in a list. A cluster is founded only when every
server of the environment was reached and none holds data. A server joins any healthy member. A running server is
restarted only when the others keep the majority.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import quorum
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation

NONE, FOUND, JOIN, START, RESTART, BLOCKED, REFUSE = "none", "found", "join", "start", "restart", "blocked", "refuse"


@dataclass(frozen=True)
class Step:
    """One action for one server. ``via`` is the healthy member to join through; ``reason`` is for the operator.

    blocked: a restart is wanted and must wait until the others hold the majority. refuse: a person must look.
    """

    action: str
    reason: str
    via: str | None = None


def next_step(name: str, servers: t.Mapping[str, Observation | None]) -> Step:
    """Decide for one server; ``servers`` holds every server of the environment, None for one that was not reached."""
    seen = servers[name]
    if seen is None:
        return Step(REFUSE, f"{name} was not reached")
    reached = [o for o in servers.values() if o is not None]
    trouble = problems(seen, reached)
    if trouble:
        return Step(REFUSE, "; ".join(trouble))
    if seen.has_etcd:
        return _with_data(seen, servers, reached)
    return _without_data(seen, servers, reached)


def _with_data(seen: Observation, servers: t.Mapping[str, Observation | None], reached: t.Sequence[Observation]) -> Step:
    name = seen.node_name
    hopeless = _left_out(seen, reached) or _without_quorum(servers, reached)
    if hopeless:
        return Step(REFUSE, hopeless)
    if seen.unit_state in ("absent", "inactive", "failed"):
        return Step(START, f"{name} holds cluster data and its service is {seen.unit_state}")
    if not seen.changed_since_start:
        return Step(NONE, f"{name} runs with its present files")
    changed = ", ".join(seen.changed_since_start)
    if seen.votes and not quorum.survives_without(name, reached):
        return Step(BLOCKED, f"{name} must restart ({changed}), but the others would not keep the majority; bring them up first, without --limit")
    return Step(RESTART, f"changed since its start: {changed}")


def _left_out(seen: Observation, reached: t.Sequence[Observation]) -> str | None:
    """A member that was removed while it was down hangs for ever when it starts with its data (k3s-contract 4)."""
    peers = [o for o in reached if o.healthy and o.ca_hash == seen.ca_hash]
    listed = {member.name for peer in peers for member in peer.members or ()}
    if not peers or seen.healthy or seen.member_name is None or seen.member_name in listed:
        return None
    name = seen.node_name
    return f"{name} was removed from the cluster while it was down, and cannot start with its data; run remove.yml -e node={name}, which puts them aside"


def _without_quorum(servers: t.Mapping[str, Observation | None], reached: t.Sequence[Observation]) -> str | None:
    """Whether a majority can still come together. A single holder that was never told of another is a cluster that is being founded."""
    holders = [o for o in reached if o.has_etcd and not o.has_tombstone]
    needed = quorum.majority(len(servers))
    if quorum.has_quorum(reached) or len(holders) >= needed or all(o.join_url is None for o in holders):
        return None
    names = ", ".join(sorted(o.node_name for o in holders))
    away = sorted(name for name, seen in servers.items() if seen is None)
    if len(holders) + len(away) >= needed:
        return f"etcd needs {needed} of {len(servers)} servers, and only {names} was reached with its data; bring up {', '.join(away)} first"
    return (
        f"quorum is lost for good: only {names} of {len(servers)} servers still holds the cluster's data, and etcd needs {needed}. Nothing was touched; "
        "restore.yml brings the cluster back to a snapshot, which may be one that is still on that server (docs/runbooks/restore.md)"
    )


def _without_data(seen: Observation, servers: t.Mapping[str, Observation | None], reached: t.Sequence[Observation]) -> Step:
    name = seen.node_name
    members = [o for o in reached if o.healthy and o.node_name != name]
    if members:
        stale = [m.name for m in members[0].members or () if m.node == name]
        if stale and seen.unit_state not in ("active", "activating"):
            return Step(REFUSE, f"etcd still lists {stale[0]}, but {name} holds no data (rebuilt?); run remove.yml -e node={name}")
        if not quorum.has_quorum(reached):
            return Step(REFUSE, f"{name} cannot join: fewer than a majority of the voters are healthy")
        return Step(JOIN, f"{name} joins through {members[0].node_name}", members[0].node_name)
    away = sorted(other for other, o in servers.items() if o is None)
    if away:
        return Step(REFUSE, f"no healthy member was found and {', '.join(away)} was not reached; a cluster is founded only when every server was seen empty")
    holders = sorted(o.node_name for o in reached if o.has_data)
    if holders:
        return Step(REFUSE, f"{', '.join(holders)} holds cluster data but is not healthy; bring it up first (journalctl -u k3s there)")
    return Step(FOUND, "every server was reached and none holds data")


def problems(seen: Observation, reached: t.Sequence[Observation]) -> list[str]:
    """Everything on this host that forbids to touch it, each with its remedy."""
    found = []
    name = seen.node_name
    if seen.foreign_listener:
        found.append(f"port 6443 of {name} is taken by {seen.foreign_listener}; stop it, K3s needs the port")
    if seen.has_sqlite:
        found.append(f"{name} holds a single-server SQLite database (db/state.db), which cannot join; save what you need, then run k3s-uninstall.sh there")
    if seen.has_reset_flag:
        found.append(f"a cluster-reset was started on {name} and not finished (db/reset-flag); start K3s there without --cluster-reset first")
    if seen.member_name and not seen.member_name.startswith(f"{name}-"):
        found.append(f"{name} holds data of member {seen.member_name}: a copied disk image? remove /var/lib/rancher/k3s/server there")
    found += _foreign_cluster(seen, reached)
    return found


def _foreign_cluster(seen: Observation, reached: t.Sequence[Observation]) -> list[str]:
    """Two CAs are two clusters. A healthy member accuses nobody but another healthy one."""
    if seen.ca_hash is None:
        return []
    others = sorted(o.node_name for o in reached if o.has_data and o.ca_hash not in (None, seen.ca_hash) and (o.healthy or not seen.healthy))
    if not others:
        return []
    first = f"{seen.node_name} holds data of another cluster: its CA {seen.ca_hash[:12]}… is not that of {', '.join(others)};"
    return [first + " if that data may go, remove /var/lib/rancher/k3s/server on it, then repeat"]


def join_url(name: str, present: str | None, servers: t.Sequence[t.Mapping[str, str]]) -> str | None:
    """The ``server:`` a member is given: the present one while it names another server, else the next in the list.

    A server without it starts a cluster of its own after its removal (k3s-contract 4) and reads stale bootstrap data
    after a rotation (3.2); a single server has none.
    """
    urls = {server["name"]: f"https://{server['address']}:6443" for server in servers}
    order = list(urls)
    others = [urls[order[(order.index(name) + i) % len(order)]] for i in range(1, len(order))]
    if present in others:
        return present
    return others[0] if others else None
