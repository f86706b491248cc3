# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of a playbook that do not end by themselves: the play is killed, or the host that it works on loses power. And who watches them."""

from __future__ import annotations

import contextlib
import time
import typing as t

from tests.support.prober import Prober
from tests.support.twin import Twin
from tests.support.virtual_address import ADDRESS, SERVERS

#: Tasks, and seconds after their first result (Ansible names a task only then where skipped hosts are not shown), in the order in which a run meets them.
#: After each the same run begins anew.
Points = list[tuple[str, float]]
INVENTORY = "inventories/dev"
#: Seconds; hosts boot in five, and in a minute on a machine that builds something at the same time.
BOOT = 300.0


@contextlib.contextmanager
def watched(twin: Twin) -> t.Iterator[None]:
    """The majority is kept, and no two servers are away at once, whatever the playbook or its end does."""
    with Prober(twin, SERVERS, ADDRESS) as prober:
        yield
    prober.report.assert_majority_kept()


def killed(twin: Twin, points: Points, *playbook: str, inventory: str = INVENTORY, **options: t.Any) -> None:
    """Begin a run for each point and end it there by SIGKILL. Options are those of ``Twin.shell``."""
    killed_at(twin, [(_at(task), seconds) for task, seconds in points], *playbook, inventory=inventory, **options)


def killed_at(twin: Twin, points: Points, *playbook: str, inventory: str = INVENTORY, **options: t.Any) -> None:
    """The same where a line says so, such as one that a module tells while it works; an expression in place of the task."""
    for line, seconds in points:
        done = twin.playbook(*playbook, inventory=inventory, kill_at=line, kill_after=seconds, **options)
        assert done.status < 0, f"the run ended before {line!r}:\n{done.tail}"


def lost(twin: Twin, points: Points, *playbook: str, inventory: str = INVENTORY) -> None:
    """Begin a run for each point and switch off there the host that is worked on; the run fails, and the host comes back."""
    for task, seconds in points:
        struck: list[str] = []

        def strike(host: str, struck: list[str] = struck) -> None:
            struck.append(host)
            twin.lab("kill", host)

        done = twin.playbook(*playbook, inventory=inventory, kill_at=_at(task), kill_after=seconds, strike=strike)
        assert struck, f"the run ended before {task!r}:\n{done.tail}"
        twin.lab("start", *struck)
        assert done.status != 0, f"{struck[0]} was lost at {task!r} and nobody noticed:\n{done.tail}"
        _wait_for(twin, struck[0])


def _at(task: str) -> str:
    return rf"TASK \[.*{task}"


def _wait_for(twin: Twin, host: str) -> None:
    deadline = time.monotonic() + BOOT
    while twin.on(host, "true").status != 0:
        assert time.monotonic() < deadline, f"{host} did not come back within {BOOT:.0f} s"
        time.sleep(0.5)
