# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that may be unreachable must not end a play without a word."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]


class Loader(yaml.SafeLoader):
    """Vault values and the like are of no interest here."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def tasks(found: t.Any) -> t.Iterator[dict[str, t.Any]]:
    """Every task below, those of blocks too; plays are passed through."""
    for entry in found if isinstance(found, list) else []:
        if "hosts" not in entry:
            yield entry
        for part in ("pre_tasks", "tasks", "post_tasks", "block", "rescue", "always"):
            yield from tasks(entry.get(part))


def test_whoever_may_be_unreachable_may_fail() -> None:
    """To Ansible a task with ``run_once``, or in a play with ``any_errors_fatal``, ends the play at an *ignored* unreachable host unless it also ignores errors."""
    files = [*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/*/tasks/*.yml")]
    assert files
    ignoring = {
        f"{file.relative_to(ROOT)}: {task['name']}": task.get("ignore_errors")
        for file in files
        for task in tasks(yaml.load(file.read_text(encoding="utf-8"), Loader))
        if task.get("ignore_unreachable")
    }
    assert ignoring
    assert [name for name, errors in ignoring.items() if errors is not True] == []
