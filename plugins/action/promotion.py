# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of promotion: everything happens here, nothing on a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.groundwork.platform.plugins.module_utils._promotion_arguments import PROMOTION
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
        _result, given = self.validate_argument_spec(argument_spec=PROMOTION)
        try:
            loaded = load_matrix(given["matrix"], given["overlays"])
            request = Request(
                target=given["target"],
                source=given["source"],
                components=tuple(given["components"]),
                waivers=given["waive"],
                hotfix=given["hotfix"],
                force_reason=given["force_reason"],
                allow_prune=tuple(given["allow_prune"]),
                ticket=given["ticket"],
                take_over=given["take_over"],
                take_back=given["take_back"],
                reason=given["reason"],
                dry_run=bool(self._task.check_mode),
            )
            request = checked(request, loaded)
            around = world.world_of(loaded, Path(given["path"]), request.target, given["token"], lambda text: Display().display(f"  {text}"))
            outcome = Promoter(loaded, request, around, world.me(), _heartbeat.ended).run()
        except (MatrixProblems, PromotionError) as problem:
            return {"failed": True, "msg": str(problem)}
        said = report.lines(outcome)
        return {**report.data(outcome), "failed": outcome.failed, "msg": "\n".join(said), "lines": said}
