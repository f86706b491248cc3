# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in inventory variables: only as templates."""

from __future__ import annotations


def secret(key: str, optional: bool = False) -> str:
    """A template that reads a secret only when it is used. It carries the key, never the value."""
    default = ", default=''" if optional else ""
    return f"{{{{ lookup('groundwork.platform.secret', '{key}', file=groundwork_secrets_file{default}) }}}}"
