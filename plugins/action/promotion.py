# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of promotion: everything happens here, nothing on a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.groundwork.platform.plugins.plugin_utils import _heartbeat
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import PYDANTIC_ERROR
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion import report, world
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.promote import Promoter
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import PromotionError
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import Request, checked


class ActionModule(ActionBase):
    """Runs one promotion, and says on the way what it waits for."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The outcome as data and as lines, or what is wrong."""
        super().run(tmp, task_vars)
        if PYDANTIC_ERROR is not None:
            return {"failed": True, "msg": "the Python that runs Ansible lacks pydantic; install it: pip install 'pydantic>=2'"}
        given = {key: value for key, value in self._task.args.items() if value is not None}
        try:
            loaded = load_matrix(str(given["matrix"]), given.get("overlays") or [])
            request = Request(
                target=str(given["target"]),
                source=str(given.get("source", "")),
                components=tuple(given.get("components", ())),
                waivers=dict(given.get("waive", {})),
                hotfix=str(given.get("hotfix", "")),
                force_reason=str(given.get("force_reason", "")),
                allow_prune=tuple(given.get("allow_prune", ())),
                ticket=str(given.get("ticket", "")),
                take_over=bool(given.get("take_over", False)),
                dry_run=bool(self._task.check_mode),
            )
            request = checked(request, loaded)
            path = Path(str(given["path"])).expanduser()
            around = world.world_of(loaded, path, request.target, str(given.get("token", "")), lambda text: Display().display(f"  {text}"))
            outcome = Promoter(loaded, request, around, world.me(), _heartbeat.ended).run()
        except (MatrixProblems, PromotionError) as problem:
            return {"failed": True, "msg": str(problem)}
        said = report.lines(outcome)
        return {**report.data(outcome), "failed": outcome.failed, "msg": "\n".join(said), "lines": said}
