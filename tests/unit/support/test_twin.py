# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host a running playbook works on, from its output."""

from __future__ import annotations

import pytest

from tests.support.twin import last_named

BEFORE = "ok: [node-1]\nchanged: [node-2]\n"


@pytest.mark.parametrize(
    ("lines", "host"),
    [
        ("", "node-2"),
        ("skipping: [node-3]\n\nTASK [k3s : Restart K3s] ****\n", "node-3"),
        ("ok: [node-3 -> node-1(192.0.2.1)]\n", "node-3"),
        ("included: /roles/k3s/tasks/restart_now.yml for node-1\n", "node-1"),
        ("waiting for node-3, 5 s of 300 s\n    msg: node-3 votes\n", "node-2"),
    ],
)
def test_the_last_result_names_it(lines: str, host: str) -> None:
    assert last_named(BEFORE + lines) == host
