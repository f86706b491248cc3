# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets do not stand in the matrix. This rule looks at the raw data, so it works on files that are wrong otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import Rule, register

CODE = "GW601"
SECRET_KEY = re.compile(r"(?i)(^|[_-])(pass(word|wd|phrase)?|token|secret|api[_-]?key|private[_-]?key|credentials?)$")
SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"  # PEM and OpenSSH
    r"|AGE-SECRET-KEY-1"  # age
    r"|\bK10[0-9a-f]{64}::"  # K3s join token
    r"|\bgh[pousr]_[A-Za-z0-9]{30}"  # GitHub
    r"|://[^/\s:@]+:[^/\s@]+@"  # password inside a URL
)

register(Rule(CODE, "secret in plain text", "The matrix is in Git. Secrets stand in the SOPS file beside it, or in the environment of an automatic run."))


def looks_secret(text: str) -> bool:
    """Whether a text has the form of a private key, a token, or a URL with a password."""
    return SECRET_VALUE.search(text) is not None


def secrets_in_data(data: Any, path: Path = ()) -> Iterator[Finding]:
    """Literal values under keys that name secrets, and values that look like secrets anywhere. Never prints the value."""
    if isinstance(data, dict):
        for key, value in data.items():
            here = (*path, key)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and SECRET_KEY.search(str(key)):
                yield _finding(here)
            else:
                yield from secrets_in_data(value, here)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from secrets_in_data(value, (*path, index))
    elif isinstance(data, str) and looks_secret(data):
        yield _finding(path)


def _finding(path: Path) -> Finding:
    return Finding(path, f"{path[-1] if path else 'the file'} holds a secret in plain text", "move it to the SOPS file and change it: it has been seen")
