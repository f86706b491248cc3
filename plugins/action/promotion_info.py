# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of promotion_info: reads the repository and every cluster, writes nothing but the page that was asked for."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.platform.plugins.module_utils._promotion_arguments import PROMOTION_INFO
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import Change, write
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import PYDANTIC_ERROR
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion import status, status_page, world
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import locks_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.cluster import ClusterAway
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import PromotionError
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.trusted import records_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.wait import Observer


class ActionModule(ActionBase):
    """Rows as data, as a table, and as a page."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """A cluster that cannot be asked is part of the answer."""
        super().run(tmp, task_vars)
        if PYDANTIC_ERROR is not None:
            return {"failed": True, "msg": "the Python that runs Ansible lacks pydantic; install it: pip install 'pydantic>=2'"}
        _result, given = self.validate_argument_spec(argument_spec=PROMOTION_INFO)
        try:
            loaded = load_matrix(given["matrix"], given["overlays"])
            repository, observers = world.seen_by(loaded, Path(given["path"]))
            repository.git.fetch()
            tree = repository.tree(repository.tip)
            running = {entry.release for key in loaded.matrix.environments for entry in locks_of(tree, key).components.values()}
            records = records_of(loaded, repository, tree, repository.tip, running)
            found = status.rows(loaded, tree, records, {key: _seen(observer) for key, observer in observers.items()}, world.now())
            if given["page"] and not self._task.check_mode:
                place = Path(given["page"])
                write(place.parent, [Change(place.name, None, status_page.page(found, loaded.site.name, world.now()))])
        except (MatrixProblems, PromotionError) as problem:
            return {"failed": True, "msg": str(problem)}
        except OSError as problem:
            return {"failed": True, "msg": f"{problem.filename}: {problem.strerror}"}
        return {"changed": False, "rows": [dataclasses.asdict(row) for row in found], "lines": status_page.text(found)}


def _seen(observer: Observer) -> status.Seen:
    try:
        return observer.applications()
    except ClusterAway as problem:
        return str(problem)
