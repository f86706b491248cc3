# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host still lacks before it counts as done, in words for a person who waits (pure)."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation

CONDITIONS = ("running", "member", "node_ready")
# Seconds. A server that has quorum is done with its start in a quarter of that (k3s-contract 9); one without it tries for ever.
START = 60.0


def lacking(seen: Observation, condition: str, started_after: float = 0) -> str | None:
    """The first thing missing for a condition, or None when it is met.

    running: systemd calls the unit active. member: this server votes in etcd and its API is ready.
    node_ready: the Kubernetes Node of this host is Ready. started_after: seconds since the epoch; an older process,
    which systemd has yet to stop, does not count.
    """
    if seen.unit_state != "active":
        return f"the service is {seen.unit_state}" + (f" after {seen.unit_restarts} restarts" if seen.unit_restarts else "")
    if (seen.started_at or 0) <= started_after:
        return "the service has not been restarted yet"
    if condition == "running":
        return None
    return _membership(seen) or (_node(seen) if condition == "node_ready" else None)


def settling(seen: Observation, now: float, server: bool = True) -> str | None:
    """What K3s is in the middle of, at the time ``now`` (seconds since the epoch); None when it stands still, runs, or got stuck.

    A decision that is taken on a server in the middle of its start would restart it a second time, which the change of an agent
    token does not survive (k3s-contract 3.4).
    """
    if seen.unit_state == "deactivating":
        return "the service is deactivating"
    if seen.unit_state not in ("activating", "active") or now - (seen.started_at or now) > START:
        return None
    if seen.unit_state == "activating":
        return "the service is activating"
    return _membership(seen) if server else None


def _membership(seen: Observation) -> str | None:
    if seen.members is None:
        return "etcd's member list does not answer"
    if seen.member is None:
        return f"{seen.member_name or 'this server'} is not in etcd's member list"
    if seen.member.learner:
        return "etcd still counts this server as a learner"
    if not seen.etcd_healthy:
        return "etcd does not answer a linearizable read within 1 s"
    return None if seen.api_ready else "the API server is not ready"


def _node(seen: Observation) -> str | None:
    if seen.node_ready:
        return None
    return "the Node is not registered yet" if seen.node_ready is None else f"the Node is not Ready: {seen.node_message or 'no reason given'}"


def hopeless(seen: Observation, restarts: int, now: float = 0) -> str | None:
    """Why waiting longer is useless: systemd restarted the unit more often than allowed (start limits never hit, Restart=always).

    Or a certificate has ended, ``now`` being seconds since the epoch: only a start renews it.
    """
    ended = [c.path for c in seen.certificates or () if c.not_after <= now]
    if ended and seen.unit_state == "active":
        return f"{', '.join(ended)} has ended; K3s makes new certificates when it starts: systemctl restart k3s"
    if seen.unit_state == "deactivating":  # the count is that of the process which is just being ended
        return None
    if seen.unit_state == "failed" or (seen.unit_state != "active" and seen.unit_restarts > restarts):
        return f"K3s keeps ending (restarted {seen.unit_restarts} times): {seen.last_error or 'no reason in its journal'}"
    return None
