# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for K3s with progress: runs the module k3s_node_info until its condition is met and says what is still missing."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import clock

# Seconds between two lines of progress about the same state.
REPORT_EVERY = 15

display = Display()


class ActionModule(ActionBase):
    """Controller side of k3s_node_info; without ``wait_for`` it is one plain execution of the module."""

    _requires_connection = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Look once, or until the condition holds; a failed result names what is missing and K3s's own reason."""
        super().run(tmp, task_vars)
        if not self._task.args.get("wait_for") or self._task.check_mode:
            return self._without_progress(self._look(task_vars))
        return self._wait(task_vars)

    def _wait(self, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        timeout, interval = int(self._task.args.get("timeout", 300)), int(self._task.args.get("interval", 2))
        start = reported = time.monotonic()
        before: str | None = None
        while True:
            result = self._look(task_vars)
            waited = int(time.monotonic() - start)
            lacking = result.get("lacking") or result.get("msg")
            if result.get("failed") or result.get("unreachable"):
                return result
            ended = result.get("hopeless") or waited >= timeout
            if not lacking or (ended and self._task.args["wait_for"] == "settled"):
                return self._without_progress(result) | {"waited": waited}
            if ended:
                return self._without_progress(result) | {"failed": True, "waited": waited, "msg": self._failure(result, waited)}
            if lacking != before or time.monotonic() - reported >= REPORT_EVERY:
                display.display(f"waiting for {self._task.args['node_name']}, {waited} s of {timeout} s, last seen: {lacking}")
                before, reported = lacking, time.monotonic()
            time.sleep(interval)

    def _look(self, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        asked = time.time()
        result: dict[str, Any] = self._execute_module(module_name="groundwork.platform.k3s_node_info", task_vars=task_vars)
        if (result.get("k3s") or {}).get("clock") is not None:
            result["k3s"]["clock_skew"] = clock.skew(result["k3s"]["clock"], asked, time.time())
        return result

    def _failure(self, result: dict[str, Any], waited: int) -> str:
        name = self._task.args["node_name"]
        seen = result["k3s"]
        text = result.get("hopeless") or f"{result['lacking']} (waited {waited} s)"
        if seen.get("last_error") and seen["last_error"] not in text:
            text += f"; K3s says: {seen['last_error']}"
        return f"{name}: {text}. See 'journalctl -u k3s' on {name}; repeat the run when the cause is gone."

    @staticmethod
    def _without_progress(result: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in result.items() if key not in ("lacking", "hopeless")}
