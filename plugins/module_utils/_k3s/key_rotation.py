# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next step of a rotation of the key that encrypts Secrets, from what was seen on all servers (pure; k3s-contract 7).

One server makes a new key and rewrites every Secret with it. Its peers cannot read Secrets until they restart, although they
call themselves ready: they restart at once, one after the other, while clients stay on the server that rotated; that one comes last.
A key counts as new when it was made after a moment, by default a day ago; K3s puts the time into the key's name.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import certificate_rotation, encryption, quorum, rotation, upgrade
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.encryption import Encryption
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.rotation import DONE, REFUSE, RESTART, ROTATE, Step

SETTLE, AGREE = "settle", "agree"
Servers = t.Mapping[str, tuple[Observation, Encryption]]


def next_step(servers: rotation.Hosts, since: float) -> Step:
    """Decide. rotate: the one call; settle: wait until K3s has rewritten the Secrets; agree: until all servers announce the same."""
    away = sorted(name for name, o in servers.items() if o is None)
    if away:
        return Step(REFUSE, f"{', '.join(away)} was not reached")
    seen = {name: (o, o.encryption) for name, o in sorted(servers.items()) if o is not None and o.encryption is not None}
    without = [name for name in sorted(servers) if name not in seen or not seen[name][1].enabled]
    if without:
        return Step(REFUSE, f"{', '.join(without)} does not encrypt Secrets; that is decided when a cluster is installed (secrets_encryption)")
    working = [name for name, (_look, held) in seen.items() if held.stage in encryption.WORKING]
    if working:
        return _settle(working[0], seen)
    newest = max(seen, key=lambda name: (seen[name][1].key_made, seen[name][0].healthy, name))
    made = seen[newest][1].key_made
    differ = len({held.digest for _look, held in seen.values()}) > 1
    if differ or made >= since:
        return _spread(newest, seen) or Step(DONE, f"every server encrypts Secrets with the key {seen[newest][1].key}, and the older ones are gone")
    return _begin(servers, seen)


def _settle(name: str, seen: Servers) -> Step:
    me = seen[name][0]
    if me.healthy:
        return Step(SETTLE, f"{name} rewrites Secrets with its new key", name)
    if fragile(me.binary_version):
        return Step(REFUSE, f"{name} ended while it rewrote Secrets; {me.binary_version} cannot go on from there: restore the snapshot of before (restore.yml)")
    return Step(RESTART, f"{name} ended while it rewrote Secrets", name)


def fragile(version: str | None) -> bool:
    """Whether a rotation that K3s itself does not survive leaves Secrets that nobody can read (mended in v1.35.3, k3s issue 13763)."""
    try:
        return upgrade.parse(version or "") < upgrade.parse("v1.35.3+k3s1")
    except ValueError:
        return True


def _begin(servers: rotation.Hosts, seen: Servers) -> Step:
    problems = rotation.obstacles(servers)
    problems += [f"{name} stands at {held.stage}; finish that by hand first" for name, (_look, held) in seen.items() if held.stage not in encryption.RESTING]
    if len({held.announced for _look, held in seen.values()}) > 1:
        problems.append("the servers announce different configurations")
    first = next(iter(seen))
    return Step(REFUSE, "; ".join(problems)) if problems else Step(ROTATE, "every server is healthy and has the same key", first)


def _spread(newest: str, seen: Servers) -> Step | None:
    """What is left to do after the call; None when nothing is."""
    ailing = [name for name, (o, _held) in seen.items() if not o.healthy]
    if ailing:
        return certificate_rotation.finish(ailing, RESTART)
    digest, made = seen[newest][1].digest, seen[newest][1].key_made
    stale = [name for name, (_look, held) in seen.items() if held.digest != digest]
    stubborn = [name for name in stale if (seen[name][0].started_at or 0) > made]
    if stubborn:
        return Step(REFUSE, f"{', '.join(stubborn)} has another key than {newest} although it has restarted since; compare 'k3s secrets-encrypt status'")
    pending = stale or [name for name, (o, _held) in seen.items() if (o.started_at or 0) <= made]
    if pending:
        return _restart(pending[0], newest, seen)
    if len({held.announced for _look, held in seen.values()}) > 1:
        return Step(AGREE, "every server announces its configuration some seconds after its start", newest)
    return None


def _restart(name: str, newest: str, seen: Servers) -> Step:
    if not quorum.survives_without(name, [o for o, _held in seen.values()]):
        return Step(REFUSE, f"{name} must restart at once, but the others would not keep the majority; bring them up first")
    why = "it has the new key, and K3s asks for it" if name == newest else "it cannot read Secrets before"
    return Step(RESTART, f"{name} restarts: {why}", name)
