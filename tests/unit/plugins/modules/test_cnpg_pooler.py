# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options to a Pooler's spec: what only CloudNativePG knows stands beside what the options say."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.modules.cnpg_pooler import spec_of

SAID = {"cluster": "shop", "type": "rw", "instances": 2, "mode": "transaction", "parameters": {"max_client_conn": 100}}


def test_settings_are_text() -> None:
    assert spec_of({**SAID, "spec": {}}) == {
        "cluster": {"name": "shop"},
        "type": "rw",
        "instances": 2,
        "pgbouncer": {"poolMode": "transaction", "parameters": {"max_client_conn": "100"}},
    }


def test_a_pause_leaves_mode_and_settings() -> None:
    """Everything of pgbouncer used to be replaced by what spec says of it."""
    found = spec_of({**SAID, "spec": {"pgbouncer": {"paused": True}, "template": {"spec": {}}}})
    assert found["pgbouncer"] == {"poolMode": "transaction", "parameters": {"max_client_conn": "100"}, "paused": True}
    assert found["template"] == {"spec": {}}
