# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next step of a renewal of leaf certificates, from what was seen on all hosts (pure; k3s-contract 7).

A certificate counts as renewed when it was made after a moment, by default a day ago. So a run that was broken off is finished by the
next, one that has nothing to do changes nothing, and no record of a run is kept anywhere.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.certificates import Certificate
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.rotation import DONE, REFUSE, RESTART, Step

RENEW = "renew"


def next_step(servers: rotation.Hosts, agents: rotation.Hosts, since: float, only: t.Sequence[str] = ()) -> Step:
    """Decide. ``since``: seconds since the epoch; ``only``: names of files, when not every certificate is meant.

    renew: stop K3s on the host, let it replace its certificates, start it. restart: start it, the old ones are gone already.
    """
    away = sorted(name for name, o in {**servers, **agents}.items() if o is None)
    if away:
        return Step(REFUSE, f"{', '.join(away)} was not reached")
    seen = {name: o for name, o in servers.items() if o is not None}
    old = [name for name in sorted(seen) if outdated(seen[name], since, only)]
    ailing = [name for name in sorted(seen) if not seen[name].healthy]
    if ailing:
        return finish(ailing, RENEW if ailing[0] in old else RESTART)
    if old:
        problems = rotation.obstacles(servers)
        return Step(REFUSE, "; ".join(problems)) if problems else Step(RENEW, f"{old[0]} has certificates that were made before", old[0])
    for name, agent in sorted(agents.items()):
        if agent is not None and outdated(agent, since, only):
            return Step(RENEW, f"{name} has certificates that were made before", name)
        if agent is not None and agent.unit_state != "active":
            return Step(RESTART, f"{name} does not run", name)
    return Step(DONE, "every certificate that was to be renewed is new")


def finish(ailing: t.Sequence[str], action: str) -> Step:
    """Go on with the one server that an interrupted step left behind; with more of them nothing is safe."""
    if len(ailing) > 1:
        return Step(REFUSE, f"{', '.join(ailing)} are no healthy voters; bring them up first (site.yml)")
    return Step(action, f"{ailing[0]} is no healthy voter; the others are, so it goes first", ailing[0])


def outdated(seen: Observation, since: float, only: t.Sequence[str] = ()) -> list[str]:
    """Paths of certificates that K3s would replace and that are older."""
    return [c.path for c in _meant(seen, only) if c.made < since]


def kept(before: Observation, after: Observation, only: t.Sequence[str] = ()) -> list[str]:
    """Paths of certificates that are still the same: an exit status of ``k3s certificate rotate`` proves nothing."""
    serials = {c.path: c.serial for c in _meant(before, only)}
    return [c.path for c in _meant(after, only) if serials.get(c.path) == c.serial]


def _meant(seen: Observation, only: t.Sequence[str]) -> list[Certificate]:
    return [c for c in seen.certificates or () if c.renewable and (not only or c.path.rpartition("/")[2] in only)]
