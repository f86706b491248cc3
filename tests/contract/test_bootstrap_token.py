# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``k3s token create``, ``list``, ``delete``, ``generate``: tokens with which agents only may join (k3s-contract 3.3)."""

from __future__ import annotations

import json
import re

import pytest

from .clusters import begin, url
from .host import Host, Result

pytestmark = pytest.mark.long

PASSWORD = "bootstrap-token-password-0123456"
TOKEN = "abcdef.0123456789abcdef"


def k3s_token(host: Host, arguments: str) -> Result:
    return host.sh(f"/usr/local/bin/k3s token {arguments}")


def accepted(host: Host, bearer: str) -> bool:
    return host.get("/v1-k3s/readyz", extra=f"-H 'Authorization: Bearer {bearer}'").status == 200


@pytest.mark.row("bootstrap-token")
def test_tokens_are_made_shown_used_and_deleted(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], PASSWORD)
    made = k3s_token(first, f"create --ttl 40s --description 'rack 4' {TOKEN}")
    assert made.output == f"{first.token().split('::')[0]}::{TOKEN}"
    assert accepted(first, TOKEN)
    assert first.get("/v1-k3s/server-bootstrap", extra=f"-H 'Authorization: Bearer {TOKEN}'").status == 403
    again = k3s_token(first, f"create {TOKEN}")
    assert again.status == 1
    assert 'a token with id \\"abcdef\\" already exists' in again.output
    header, row = k3s_token(first, "list").output.splitlines()
    assert header.split() == ["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA", "GROUPS"]
    assert row.startswith("abcdef")
    assert "rack 4" in row
    (entry,) = json.loads(k3s_token(first, "list -o json").output)
    assert entry["token"] == {}
    first.wait("end of the token's life", lambda: not accepted(first, TOKEN))
    forever = k3s_token(first, "create --ttl 0").output.partition("::")[2]
    assert re.fullmatch(r"[a-z0-9]{6}\.[a-z0-9]{16}", forever)
    assert "<forever>" in k3s_token(first, "list").output
    assert accepted(first, forever)
    identifier = forever.partition(".")[0]
    assert k3s_token(first, f"delete {identifier}") == (0, f'bootstrap token "{identifier}" deleted')
    first.wait("refusal of the deleted token", lambda: not accepted(first, forever))


@pytest.mark.row("bootstrap-token")
def test_generate_stores_nothing(hosts: list[Host]) -> None:
    begin(hosts[:1], PASSWORD)
    assert re.fullmatch(r"[a-z0-9]{6}\.[a-z0-9]{16}", k3s_token(hosts[0], "generate").output)
    assert len(k3s_token(hosts[0], "list").output.splitlines()) == 1


@pytest.mark.row("bootstrap-token-join")
def test_an_agent_joins_with_a_bootstrap_token(hosts: list[Host]) -> None:
    first, agent = hosts[:2]
    begin([first], PASSWORD)
    agent.configure(server=url(first), token=k3s_token(first, "create").output, node_name=agent.name)
    agent.start("agent")
    first.wait("node of the agent", lambda: first.kubectl(f"get node {agent.name}").status == 0)
    assert "control-plane" not in first.kubectl(f"get node {agent.name} --show-labels --no-headers").output
