# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving an existing cluster an agent token: the trap, its cure, and the way that lasts (k3s-contract 3.4)."""

from __future__ import annotations

import pytest

from .clusters import LATER, NEWER, accepts, begin, passwords, refused, start, url
from .host import SERVER, Host

pytestmark = pytest.mark.long

TOKEN = "agent-trap-server-password-01234"
AGENT = "agent-trap-agent-password-012345"


@pytest.mark.row("agent-token-trap")
def test_the_second_start_with_a_new_agent_token_is_fatal(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], TOKEN)
    first.stop()
    first.out(LATER)
    start(first, TOKEN, agent_token=AGENT)
    assert "bootstrap key already exists" in first.journal().lower()
    assert accepts(first, AGENT, "node")
    first.stop()
    status, output = refused(first, TOKEN, agent_token=AGENT)
    assert status == 1
    assert NEWER in output
    first.out(f"rm {SERVER}/cred/passwd")
    start(first, TOKEN, agent_token=AGENT)
    assert passwords(first) == {"server": TOKEN, "node": AGENT}


@pytest.mark.row("agent-token-change")
def test_a_rotation_to_the_same_token_makes_the_agent_token_last(hosts: list[Host]) -> None:
    begin(hosts, TOKEN)
    first, second, third = hosts
    start(first, TOKEN, agent_token=AGENT)
    assert first.out(f"/usr/local/bin/k3s token rotate --token {TOKEN} --new-token {TOKEN}")
    first.out(LATER)
    start(first, TOKEN, agent_token=AGENT)
    assert not accepts(second, AGENT, "node")
    assert not accepts(first, TOKEN, "node")
    for _twice in range(2):
        start(second, TOKEN, agent_token=AGENT, server=url(first))
        second.out(LATER)
    assert accepts(second, AGENT, "node")
    start(third, TOKEN, server=url(first))
    third.stop()
    assert NEWER in refused(third, TOKEN, server=url(first))[1]
    third.out(f"rm {SERVER}/cred/passwd")
    start(third, TOKEN, agent_token=AGENT, server=url(first))
    assert passwords(third) == {"server": TOKEN, "node": AGENT}
