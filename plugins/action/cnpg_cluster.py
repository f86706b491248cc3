# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of cnpg_cluster: shows what the module waits for while it waits. A module itself can say nothing before its end."""

from __future__ import annotations

import pathlib
import tempfile
import threading
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

MODULE = "groundwork.platform.cnpg_cluster"
POLL_SECONDS = 1.0


class ActionModule(ActionBase):
    """Runs the module with a file for its progress, and prints what comes into it."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The module's result, unchanged. On another machine than the controller its progress comes with the result only."""
        super().run(tmp, task_vars)
        if self._connection.transport != "local":
            return dict(self._execute_module(module_name=MODULE, module_args=self._task.args, task_vars=task_vars))
        with tempfile.TemporaryDirectory(prefix="groundwork-") as folder:
            file = pathlib.Path(folder) / "progress"
            file.touch(mode=0o600)
            over = threading.Event()
            reader = threading.Thread(target=_show, args=(file, over), daemon=True)
            reader.start()
            try:
                return dict(self._execute_module(module_name=MODULE, module_args={**self._task.args, "progress_path": str(file)}, task_vars=task_vars))
            finally:
                over.set()
                reader.join()


def _show(file: pathlib.Path, over: threading.Event) -> None:
    """Print every whole line of a growing file until it is over."""
    shown = 0
    while True:
        last = over.wait(POLL_SECONDS)
        lines = file.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        for line in lines[shown:]:
            Display().display(f"  {line}")
        shown = len(lines)
        if last:
            return
