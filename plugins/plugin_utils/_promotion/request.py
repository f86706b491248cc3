# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody asks for, and what comes of it. No I/O."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping, Sequence
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
    """Components of the source that should run in the target; none named = all that differ. Or, with ``take_back``, one that should go again."""

    target: str
    source: str = ""
    components: tuple[str, ...] = ()
    waivers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    hotfix: str = ""
    force_reason: str = ""
    allow_prune: tuple[str, ...] = ()
    ticket: str = ""
    take_over: bool = False
    take_back: str = ""
    reason: str = ""
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
    reasons = [*_wrong_environments(request, order), *_wrong_waivers(request), *_wrong_way_back(request)]
    if loaded.matrix.git is None or loaded.matrix.git.repository is None:
        reasons.append("git.repository is not known; write the SSH address of the repository into the matrix")
    if reasons:
        raise Refused(*reasons)
    return request if request.source else dataclasses.replace(request, source=order[order.index(request.target) - 1])


def _wrong_environments(request: Request, order: Sequence[str]) -> Iterator[str]:
    for name in (request.target, request.source):
        if name and name not in order:
            yield f"there is no environment {name}; there are: {', '.join(order)}"
    if not request.source and request.target == order[0]:
        yield f"{request.target} is the first environment: it follows the matrix with render.yml, nothing is promoted to it"


def _wrong_waivers(request: Request) -> Iterator[str]:
    if unknown := sorted(request.waivers.keys() - set(GATES)):
        yield f"there is no gate {', '.join(unknown)}; there are G0 to G9"
    if fixed := sorted(request.waivers.keys() & set(NEVER_WAIVED)):
        yield f"{', '.join(fixed)} cannot be waived by anybody"
    if empty := sorted(gate for gate, reason in request.waivers.items() if not str(reason).strip()):
        yield f"to waive {', '.join(empty)} needs a reason"


def _wrong_way_back(request: Request) -> Iterator[str]:
    if request.take_back and request.take_back.rpartition("-")[0] != request.target:
        yield f"{request.take_back} is no promotion to {request.target}; audit/promotions in the repository has their names"
    if request.take_back and not request.reason.strip():
        yield f"to take {request.take_back} back needs a reason"


def settings_of(loaded: Loaded, environment: str) -> Promotion:
    """The site's settings with those of an environment laid over them; of one that the matrix does not have (any more), the site's."""
    known = loaded.matrix.environments.get(environment)
    return loaded.matrix.promotion.overlaid(known.promotion) if known else loaded.matrix.promotion


def signers_of(loaded: Loaded, target: str = "") -> dict[str, str]:
    """Keys by name of everybody who may anywhere, to tell whose a signature is. For a name, and for a key, that is there twice the target's counts."""
    mine, others = settings_of(loaded, target).people, [settings_of(loaded, key).people for key in ("", *loaded.matrix.environments)]
    return {**mine, **{name: key for people in others for name, key in people.items()}, **mine}
