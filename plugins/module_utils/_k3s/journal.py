# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one line of K3s's journal that explains a failure, without the secrets K3s itself logs (pure)."""

from __future__ import annotations

import re
import typing as t

_REASON = re.compile(r"level=fatal|Shutdown request received|Error: |level=error|panic:|critical configuration mismatched|Failed to test etcd connection")
_MESSAGE = re.compile(r'msg="(?P<text>(?:[^"\\]|\\.)*)"')
_SECRETS = (
    (re.compile(r"K10[0-9a-f]{64}::\S+"), "K10…"),
    # secrets-encryption keys stand in the journal in clear base64 (k3s-contract 7)
    (re.compile(r"(secrets-encryption key:?\s*)\S.*"), r"\1…"),
    (re.compile(r"(?i)((?:token|password|secret-key)[=:]\s*)\S+"), r"\1…"),
    (re.compile(r"\b(?![0-9a-f]{64}\b)[0-9a-f]{32,}\b"), "…"),
)


def masked(line: str) -> str:
    """The line without tokens, passwords and keys. CA hashes (64 digits) stay: they are public."""
    for pattern, replacement in _SECRETS:
        line = pattern.sub(replacement, line)
    return line


def reason(lines: t.Sequence[str]) -> str | None:
    """The last line that says why K3s gave up: a fatal one or a shutdown request before mere errors."""
    candidates = [line for line in lines if _REASON.search(line)]
    strong = [line for line in candidates if "level=fatal" in line or "Shutdown request received" in line or "mismatched" in line]
    for line in reversed(strong or candidates):
        message = _MESSAGE.search(line)
        return masked(message["text"].replace('\\"', '"') if message else line.strip())
    return None
