# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of kubeconfig_context: everything happens here, so credentials are in no module's arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.platform.plugins.plugin_utils._kubeconfig import KubeconfigError, enter


class ActionModule(ActionBase):
    """Merges one cluster's credentials into a file."""

    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset({"path", "source", "context", "server"})

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Whether the file was changed; a failed result names the reason and nothing secret."""
        super().run(tmp, task_vars)
        path = Path(str(self._task.args["path"])).expanduser()
        source, context, server = (str(self._task.args[key]) for key in ("source", "context", "server"))
        try:
            return {"changed": enter(path, source, context, server, dry_run=self._task.check_mode)}
        except KubeconfigError as problem:
            return {"failed": True, "msg": str(problem)}
        except OSError as problem:
            return {"failed": True, "msg": f"{problem.filename or path}: {problem.strerror}"}
