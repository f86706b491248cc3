# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody asks for, and what comes of it. No I/O."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_promotion import Promotion
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import Change
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import Record
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import Refused
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.verdict import NEVER_WAIVED, Verdict

GATES = tuple(f"G{number}" for number in range(10))
#: nothing: the target has what the source has. planned: dry run, all gates open. proposed: waits for approvals. deferred: not yet. stop: a gate is
#: closed. unseen: written, and nobody could see what came of it. The rest is a record's outcome.
State = Literal["nothing", "planned", "proposed", "deferred", "stop", "unseen", "live", "reverted", "stopped", "superseded"]


@dataclasses.dataclass(frozen=True)
class Request:
    """Components of the source that should run in the target; none named = all that differ."""

    target: str
    source: str = ""
    components: tuple[str, ...] = ()
    waivers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    hotfix: str = ""
    force_reason: str = ""
    allow_prune: tuple[str, ...] = ()
    ticket: str = ""
    take_over: bool = False
    dry_run: bool = False


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of it, for a machine and for people."""

    state: State
    text: str
    verdicts: tuple[Verdict, ...] = ()
    change: Change | None = None
    until: datetime.datetime | None = None
    record: Record | None = None

    @property
    def failed(self) -> bool:
        """Whether somebody has to look at it."""
        return self.state in ("stop", "unseen", "reverted", "stopped", "superseded")

    @property
    def changed(self) -> bool:
        """Whether Git has been written to, or would be."""
        return self.state not in ("nothing", "deferred", "stop")


def checked(request: Request, loaded: Loaded) -> Request:
    """The request with its source said. Raises Refused with everything that is wrong with it."""
    order = list(loaded.matrix.environments)
    reasons = []
    if request.target not in order:
        reasons.append(f"there is no environment {request.target}; there are: {', '.join(order)}")
    elif not request.source and order.index(request.target) == 0:
        reasons.append(f"{request.target} is the first environment: it follows the matrix with render.yml, nothing is promoted to it")
    if request.source and request.source not in order:
        reasons.append(f"there is no environment {request.source}; there are: {', '.join(order)}")
    if unknown := sorted(request.waivers.keys() - set(GATES)):
        reasons.append(f"there is no gate {', '.join(unknown)}; there are G0 to G9")
    if fixed := sorted(request.waivers.keys() & set(NEVER_WAIVED)):
        reasons.append(f"{', '.join(fixed)} cannot be waived by anybody")
    if empty := sorted(gate for gate, reason in request.waivers.items() if not str(reason).strip()):
        reasons.append(f"to waive {', '.join(empty)} needs a reason")
    if loaded.matrix.git is None or loaded.matrix.git.repository is None:
        reasons.append("git.repository is not known; write the SSH address of the repository into the matrix")
    if reasons:
        raise Refused(*reasons)
    return request if request.source else dataclasses.replace(request, source=order[order.index(request.target) - 1])


def settings_of(loaded: Loaded, environment: str) -> Promotion:
    """The site's settings with those of an environment laid over them."""
    return loaded.matrix.promotion.overlaid(loaded.matrix.environments[environment].promotion)
