# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that may be unreachable must not end a play without a word."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]


def tasks(found: t.Any) -> t.Iterator[dict[str, t.Any]]:
    """Every task below, those of blocks too; plays are passed through."""
    for entry in found if isinstance(found, list) else []:
        if "hosts" not in entry:
            yield entry
        for part in ("pre_tasks", "tasks", "post_tasks", "block", "rescue", "always"):
            yield from tasks(entry.get(part))


def test_whoever_may_be_unreachable_may_fail() -> None:
    """With ``run_once`` or ``any_errors_fatal`` Ansible ends the play at an *ignored* unreachable host, too, unless errors are ignored."""
    files = [*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/*/tasks/*.yml")]
    assert files
    ignoring = {
        f"{file.relative_to(ROOT)}: {task['name']}": task.get("ignore_errors")
        for file in files
        for task in tasks(yaml.safe_load(file.read_text(encoding="utf-8")))
        if task.get("ignore_unreachable")
    }
    assert ignoring
    assert [name for name, errors in ignoring.items() if errors is not True] == []
