# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries for problems that are found while the file is read; the checks are in source, structure and overlay."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import Rule, register

for entry in (
    Rule("GW001", "file that cannot be read", "The path, the mode or the encoding is wrong; matrices are UTF-8."),
    Rule("GW002", "not YAML", "The text breaks YAML's syntax; nothing behind that place can be checked."),
    Rule("GW003", "duplicate key", "YAML would silently keep the last one."),
    Rule("GW004", "unknown key", "A misspelt key would silently mean nothing."),
    Rule("GW005", "missing key", "The value has no default and cannot be derived."),
    Rule("GW006", "wrong type or value", "The value is not of the kind that this key takes."),
    Rule("GW010", "overlay that does not fit", "An overlay entry needs path, value and why, and its path must exist in the matrix."),
):
    register(entry)
