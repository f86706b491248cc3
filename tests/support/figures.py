# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of ansible-playbook at ``-vvv`` did, counted from its output."""

from __future__ import annotations

import collections
import re
import typing as t

TASK = re.compile(r"^(?:TASK|RUNNING HANDLER) \[(?:(?P<role>[\w.]+) : )?(?P<name>.*)\] \*")
EXECUTION = re.compile(r"^<(?P<address>[^>]+)> SSH: EXEC ")


class Figures(t.NamedTuple):
    """Per role: number of tasks, and remote executions per address."""

    tasks: dict[str, int]
    executions: dict[str, collections.Counter[str]]

    def most(self, role: str) -> int:
        """The most remote executions that a role needed on one host."""
        return max(self.executions.get(role, collections.Counter({"": 0})).values())

    def of_each_host(self) -> collections.Counter[str]:
        """Remote executions per address, whichever role they belong to."""
        return sum(self.executions.values(), collections.Counter())


def count(output: str) -> Figures:
    """Count tasks and remote executions by role (a role of the collection without its prefix, '' for plays' own tasks)."""
    tasks: dict[str, int] = collections.defaultdict(int)
    executions: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    role = ""
    for line in output.splitlines():
        if task := TASK.match(line):
            role = (task["role"] or "").rpartition(".")[2]
            tasks[role] += 1
        elif execution := EXECUTION.match(line):
            executions[role][execution["address"]] += 1
    return Figures(dict(tasks), dict(executions))
