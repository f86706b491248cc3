# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Structure of the matrix: what a release has to show before it goes on, and when and by whom an environment may be changed."""

from __future__ import annotations

from typing import Annotated

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Cron, Duration


class Window(Part):
    """A time that comes again and again, in the site's time zone."""

    schedule: Annotated[Cron, Field(description="When it begins, in cron's five fields.")]
    lasts: Annotated[Duration, Field(description="How long, such as 8h.")]
    why: Annotated[str, Field(description="What it is for.")]


class Promotion(Part):
    """Conditions of promotion: soak counts where a release comes from, everything else where it goes to."""

    soak: Duration = Field(default="1h", validate_default=True, description="How long a release runs here, healthy, before it goes on.")
    approvals: Annotated[int, Field(ge=0, description="People who have to agree, beside the one who asks.")] = 0
    signed: Annotated[bool, Field(description="Only commits signed by somebody who is known.")] = True
    windows: Annotated[list[Window], Field(description="When a change may come; none = always.")] = []
    freeze: Annotated[list[Window], Field(description="When none may come, whatever windows say.")] = []
    backup_age: Duration = Field(default="26h", validate_default=True, description="How old the last base backup of a database may be.")
