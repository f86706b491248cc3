# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of gitops_tree: everything happens here, nothing on a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import authorities, changes, read_tree, write
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeRefused
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.tree import render
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import PYDANTIC_ERROR
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems


class ActionModule(ActionBase):
    """Renders the tree, shows what changes, and writes it."""

    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset({"path", "matrix", "overlays"})

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Changed, the differences, and what waits for somebody; or everything that is wrong."""
        super().run(tmp, task_vars)
        if PYDANTIC_ERROR is not None:
            return {"failed": True, "msg": "the Python that runs Ansible lacks pydantic; install it: pip install 'pydantic>=2'"}
        root = Path(str(self._task.args["path"])).expanduser()
        if not (root / ".git").exists():
            return {"failed": True, "msg": f"{root} is no clone of a Git repository; clone git.repository of the matrix there first"}
        try:
            loaded = load_matrix(str(self._task.args["matrix"]), self._task.args.get("overlays") or [])
            before = read_tree(root)
            tree = render(Inputs(loaded, Catalogue(), before, authorities(loaded)))
            wanted = changes(before, tree)
            if not self._task.check_mode:
                write(root, wanted)
        except (MatrixProblems, TreeRefused) as problem:
            return {"failed": True, "msg": str(problem)}
        except OSError as problem:
            return {"failed": True, "msg": f"{problem.filename or root}: {problem.strerror}"}
        return {
            "changed": bool(wanted),
            "diff": [{"before": c.before or "", "after": c.after or "", "before_header": c.path, "after_header": c.path} for c in wanted],
            "written": [change.path for change in wanted if change.after is not None],
            "removed": [change.path for change in wanted if change.after is None],
            "files": len(tree.files),
            "without_version": list(tree.without_version),
            "waiting": tree.waiting,
            "not_validated": list(tree.not_validated),
        }
