# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line of K3s's journal that explains a failure (texts: k3s-contract 1, 3, 4, 7)."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import journal

REFUSED = 'time="2026-11-21T06:21:14Z" level=fatal msg="Error: preparing server: failed to bootstrap cluster data: not authorized"'
SHUTDOWN = 'time="…" level=error msg="Shutdown request received: \\"failed to save bootstrap data: different token\\""'
NOISE = ['time="…" level=info msg="Starting k3s v1.35.0+k3s3"', "E1121 06:21:07.8 controller.go:201] connection refused", 'time="…" level=error msg="retrying"']


def test_reason_is_the_fatal_line_among_noise() -> None:
    assert journal.reason([*NOISE, REFUSED, *NOISE]) == "Error: preparing server: failed to bootstrap cluster data: not authorized"


def test_late_shutdown_is_a_reason_too() -> None:
    assert journal.reason([*NOISE, SHUTDOWN]) == 'Shutdown request received: "failed to save bootstrap data: different token"'


def test_mere_errors_are_better_than_nothing() -> None:
    assert journal.reason(NOISE) == "retrying"
    assert journal.reason(NOISE[:1]) is None


@pytest.mark.parametrize(
    "secret",
    ["K10" + "a" * 64 + "::server:verysecret", "0123456789abcdef0123456789abcdef", "secrets-encryption key: c2VjcmV0IGtleQ== now", "token=verysecret"],
)
def test_secrets_are_masked(secret: str) -> None:
    shown = journal.masked(f"level=fatal {secret}")
    assert "verysecret" not in shown
    assert "0123456789abcdef" not in shown
    assert "c2VjcmV0" not in shown


def test_ca_hashes_stay() -> None:
    line = f"token CA hash does not match the Cluster CA certificate hash: {'a' * 64} != {'b' * 64}"
    assert journal.masked(line) == line
