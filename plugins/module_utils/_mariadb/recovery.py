# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""After all members have stopped: who knows the last transaction, and whether a cluster may begin from one member (pure).

The operator asks every member for its sequence number (grastate.dat, or a recovery job) and begins with the highest one. It waits for ever
for a member that cannot answer, such as one whose node or volume is gone, and then it asks none of the others for more than the file, which
says nothing after a crash (recoverCluster of 25.10: "error getting state" ends it before the jobs). Only then somebody has to decide. The best
choice without any number is who was the primary when the cluster stopped: acknowledged writes had been committed there. That need not be whom the
operator calls the primary now: while members stop it hands over to one after the other, even to one whose host has no power any more.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import condition, is_galera, members_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at

#: What a member says that knows nothing and would take everything from another one.
NOBODY = "00000000-0000-0000-0000-000000000000"
#: The operator's words (pkg/controller/galera/controller.go) in events of these reasons, which Kubernetes keeps for an hour.
SWITCHED, HEALTHY = "PrimarySwitched", "GaleraClusterHealthy"
INDEXES = re.compile(r"from index '(\d+)' to index '(\d+)'")


@dataclass(frozen=True)
class Known:
    """What is known of one member: the cluster's identity and its last transaction; -1: it does not know."""

    pod: str
    uuid: str = ""
    sequence: int = -1
    safe: bool = False

    def __str__(self) -> str:
        if self.safe:
            return f"{self.pod}: left last"
        return f"{self.pod}: {'unknown' if self.sequence < 0 else self.sequence}"


def known(mariadb: Object) -> tuple[Known, ...]:
    """Every member with the best that was found out about it."""
    name, found = str(at(mariadb, "metadata", "name")), at(mariadb, "status", "galeraRecovery") or {}
    members = (f"{name}-{number}" for number in range(members_of(mariadb.get("spec") or {})))
    return tuple(_best(pod, (found.get("state") or {}).get(pod) or {}, (found.get("recovered") or {}).get(pod) or {}) for pod in members)


def chosen(mariadb: Object) -> str:
    """The member that the operator has decided to begin with, empty if it has not."""
    return str(at(mariadb, "status", "galeraRecovery", "bootstrap", "pod") or "")


def is_down(mariadb: Object) -> bool:
    """Whether the operator has found the cluster broken."""
    return bool(condition(mariadb, "GaleraReady").get("status") == "False")


class Primary(t.NamedTuple):
    """A member that was the primary before the present one, and until when (RFC 3339)."""

    pod: str
    until: str


def former_primaries(name: str, events: t.Iterable[Object]) -> tuple[Primary, ...]:
    """Who was the primary since the cluster was well for the last time, the last one first."""
    mine = [event for event in events if (at(event, "involvedObject", "kind"), at(event, "involvedObject", "name")) == ("MariaDB", name)]
    well = max((_when(event) for event in mine if event.get("reason") == HEALTHY), default="")
    found = [(_when(event), INDEXES.search(str(event.get("message")))) for event in mine if event.get("reason") == SWITCHED]
    return tuple(Primary(f"{name}-{words[1]}", when) for when, words in sorted(found, key=lambda one: one[0], reverse=True) if words and when >= well)


def _when(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")


def forced_problems(mariadb: Object, pod: str, confirm: str, former: t.Sequence[Primary] = ()) -> t.Iterator[Problem]:
    """Why a cluster may not begin from this member by force. ``former``: who was the primary before the present one."""
    place, spec = f"bootstrap in {pod}", mariadb.get("spec") or {}
    members = known(mariadb)
    mine = next((member for member in members if member.pod == pod), None)
    if not is_galera(spec):
        yield Problem(place, "there is one server and no cluster", "it begins by itself")
        return
    if not at(spec, "galera", "recovery", "enabled"):
        yield Problem(place, "galera.recovery.enabled is false, so the operator does nothing", "set it to true first")
    if not is_down(mariadb):
        yield Problem(place, "Galera is ready", "nothing has to be forced; two clusters of one name would begin to differ")
    if mine is None:
        yield Problem(place, "there is no such member", f"it may be {', '.join(member.pod for member in members)}")
        return
    if chosen(mariadb) not in ("", pod):
        yield Problem(place, f"the operator is already beginning with {chosen(mariadb)}", "wait; after clusterBootstrapTimeout it decides anew")
    primary = str(at(mariadb, "status", "currentPrimary") or "")
    yield from _unknown(place, mine, members, [primary, *(one.pod for one in former)])
    yield from _others(place, mine, members)
    if confirm != pod:
        silent = ", ".join(member.pod for member in members if member.pod != pod and member.sequence < 0 and not member.safe)
        history = "".join(f"{one.pod} until {one.until}, then " for one in reversed(former))
        reason = f"what only {silent or 'another member'} knows would be lost for ever" + (f"; the primary was {history}{primary}" if history else "")
        yield Problem(place, reason, f"write confirm: {pod}")


def forced_patch(pod: str | None) -> Object:
    """Begin from this member; None takes the order back, so that the next crash is judged by itself."""
    return {"spec": {"galera": {"recovery": {"forceClusterBootstrapInPod": pod}}}}


def _unknown(place: str, mine: Known, members: t.Sequence[Known], primaries: t.Sequence[str]) -> t.Iterator[Problem]:
    if mine.sequence >= 0 or mine.safe:
        return
    if any(member.sequence >= 0 or member.safe for member in members):
        yield Problem(place, "nobody knows what this member knows", "wait for its recovery job (kubectl get jobs), or choose one whose number is known")
        return
    answered = [member.pod for member in members if member.uuid]
    lately = [pod for pod in dict.fromkeys(primaries) if pod]
    # Without a primary that answers a member that does is better than a dump of last night.
    best = [pod for pod in lately if pod in answered] or answered or lately
    if mine.pod not in best:
        lack = "has not answered: its host may be away" if mine.pod in lately else "was not the primary lately"
        remedy = f"begin with {' or '.join(best) or 'the last primary'}; if that is lost for good, restore the newest backup into a new cluster"
        yield Problem(place, f"nobody knows what any member knows, and this one {lack}", remedy)


def _others(place: str, mine: Known, members: t.Iterable[Known]) -> t.Iterator[Problem]:
    for other in members:
        if other.pod == mine.pod:
            continue
        if other.safe and not mine.safe:
            yield Problem(place, f"{other.pod} left last and knows everything", "let the operator begin with it")
        elif mine.sequence >= 0 and other.sequence > mine.sequence and not mine.safe:
            reason = f"{other.pod} knows {other.sequence - mine.sequence} transactions more ({other.sequence} against {mine.sequence})"
            yield Problem(place, reason, f"begin with {other.pod}")
        if mine.uuid and other.uuid not in ("", NOBODY, mine.uuid):
            yield Problem(place, f"{other.pod} belongs to another cluster ({other.uuid})", "find out which of the two is the real one, and restore if in doubt")


def _best(pod: str, state: Object, recovered: Object) -> Known:
    """The recovery job knows better than the file, which says -1 after a crash."""
    numbers = [(int(entry.get("seqno", -1)), str(entry.get("uuid") or "")) for entry in (state, recovered) if entry]
    sequence, uuid = max(numbers, default=(-1, ""))
    return Known(pod, uuid, sequence, bool(state.get("safeToBootstrap")))
