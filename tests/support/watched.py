# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""A twin under test whose hosts are watched while they boot, fail and come back."""

from __future__ import annotations

import time
import typing as t
from functools import partial

from lab.twin import lifecycle
from tests.support.twin import Twin

#: Seconds; hosts boot in five, and in a minute on a machine that builds something at the same time.
PATIENCE = 600.0


class WatchedTwin(Twin):
    """Adds waiting to a twin."""

    def row(self, host: str) -> dict[str, t.Any]:
        """What ``lab/lab status`` shows of one host."""
        rows: list[dict[str, t.Any]] = lifecycle.ask(self.paths, "status")["hosts"]
        return next(row for row in rows if row["name"] == host)

    def wait_for(self, *hosts: str) -> None:
        """Until the hosts let root in over ssh and have finished booting."""
        for host in hosts:
            self.wait_until(partial(self._runs, host), f"{host} runs")

    def _runs(self, host: str) -> bool:
        return self.on(host, "systemctl is-system-running").status == 0

    def wait_until(self, condition: t.Callable[[], bool], what: str) -> None:
        """Until the condition holds; fails naming *what* was waited for."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain until {what}"
            time.sleep(0.2)
