# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of k3s_operation_lock: says who asks, takes over from its own dead run, and keeps the heart beating."""

from __future__ import annotations

import os
import shlex
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.platform.plugins.plugin_utils import _heartbeat

PATH = "/run/lock/groundwork-operation.json"


class ActionModule(ActionBase):
    """Takes or gives back the lock of one server."""

    _requires_connection = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module; after taking the lock, leave a process that renews it until ansible-playbook ends."""
        super().run(tmp, task_vars)
        playbook = os.getppid()  # of this worker
        mine = {"holder": _heartbeat.holder(), "run": _heartbeat.identity(playbook)}
        result = self._module(mine, task_vars)
        other = result.get("held_by")
        if other and other["holder"] == mine["holder"] and _heartbeat.ended(other["run"]):
            result = self._module({**mine, "over": other["run"]}, task_vars)
        beats = result.get("kept") and result["age"] < 2 * _heartbeat.INTERVAL
        held = result.get("kept") or result.get("changed")
        if held and not beats and self._task.args.get("state", "present") == "present" and not self._task.check_mode:
            _heartbeat.start(playbook, lambda: self._beat(mine["run"]))
        return {key: value for key, value in result.items() if key not in ("kept", "age")}

    def _module(self, more: dict[str, str], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        name = "groundwork.platform.k3s_operation_lock"
        result: dict[str, Any] = self._execute_module(module_name=name, module_args={**self._task.args, **more}, task_vars=task_vars)
        return result

    def _beat(self, run: str) -> bool:
        """Renew the file while it is this run's; False when it is not: given back, lost to somebody else, gone with a boot."""
        path, name = shlex.quote(self._task.args.get("path", PATH)), shlex.quote(run)
        done: dict[str, Any] = self._low_level_execute_command(f"if grep -qsF -- {name} {path}; then touch -- {path} && echo beats; else echo lost; fi")
        return "lost" not in done["stdout"]
