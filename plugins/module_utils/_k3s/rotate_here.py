# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one call of a rotation, on this host, behind its gates (k3s-contract 3.3 and 3.4 c).

K3s's command would take both tokens as arguments or from the environment; the same call over loopback leaves no trace.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import agent_rotation, rotation, token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token, TokenError


@dataclass(frozen=True)
class Here:
    """This server and the call: its look, the token in force, where it stands afterwards, and how to call (password, new one)."""

    seen: Observation
    in_force: Token
    read_again: t.Callable[[], Token]
    call: t.Callable[[str, str], int | None]


def servers_token(here: Here, given: Token | None, peers: rotation.Hosts) -> t.Callable[[], None] | None:
    """What is to be done, or None when this call has been made already; raises TokenError with every reason against it."""
    if given is not None and given.fingerprint is None:
        raise TokenError("the new token is shorter than 32 signs; a rotation to a weak token is refused: use 32 or more letters and digits")
    if here.in_force.password == given.password if given is not None else here.seen.server_token.accepted is False:
        return None
    problems = rotation.obstacles({**peers, here.seen.node_name: here.seen})
    if problems:
        raise TokenError("no rotation now: " + "; ".join(problems))
    new = given.password if given is not None else token.generate()
    return lambda: _call(here, new)


def agents_token(here: Here, peers: rotation.Hosts) -> t.Callable[[], None] | None:
    """Make the datastore take over the agents' token with which this server has restarted; None when it has it."""
    name = here.seen.node_name
    if here.seen.credentials == "same" and here.seen.agent_token.configured == here.seen.agent_token.in_force:
        return None
    step = agent_rotation.next_step({**peers, name: here.seen}, {}, change=True)
    if (step.action, step.host) != (agent_rotation.RENEW, name):
        raise TokenError(f"not now: {step.reason}")
    return lambda: _call(here, here.in_force.password)


def _call(here: Here, new: str) -> None:
    status = here.call(here.in_force.password, new)
    if status == 200 and here.read_again().password == new:
        return
    told = f"K3s answered with HTTP {status}" if status else "K3s gave no answer in time"
    raise TokenError(f"{told}; the token may or may not have changed, and a restart by hand may fail: run the rotation again, it looks first and goes on")
