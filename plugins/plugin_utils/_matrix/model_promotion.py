# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Structure of the matrix: what a release has to show before it goes on, and when and by whom an environment may be changed."""

from __future__ import annotations

from typing import Annotated

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Cron, Duration, Owner

PUBLIC_KEY = r"^(ssh-ed25519|sk-ssh-ed25519@openssh\.com|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/=]+( .*)?$"
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$")]
Test = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class Window(Part):
    """A time that comes again and again, in the site's time zone."""

    schedule: Annotated[Cron, Field(description="When it begins, in cron's five fields.")]
    lasts: Annotated[Duration, Field(description="How long, such as 8h.")]
    why: Annotated[str, Field(description="What it is for.")]


class Promotion(Part):
    """Conditions of promotion: soak and tests count where a release comes from, everything else where it goes to."""

    soak: Duration = Field(default="1h", validate_default=True, description="How long a release runs here, healthy, before it goes on.")
    tests: Annotated[list[Test], Field(description="Tests that a release has to pass here before it goes on, by the names of their results.")] = []
    approvals: Annotated[int, Field(ge=0, description="People who have to agree, beside the one who asks.")] = 0
    signed: Annotated[bool, Field(description="Only commits signed by somebody who is known.")] = True
    signers: Annotated[
        dict[Name, Annotated[str, Field(pattern=PUBLIC_KEY)]] | None,
        Owner("8", "public SSH keys of everybody who may promote and approve"),
        Field(description="Who may sign, promote and approve: public SSH key by name. Where a forge has reviews, the name is the login there."),
    ] = {}
    windows: Annotated[list[Window], Field(description="When a change may come; none = always.")] = []
    freeze: Annotated[list[Window], Field(description="When none may come, whatever windows say.")] = []
    backup_age: Duration = Field(default="26h", validate_default=True, description="How old the last base backup of a database may be.")
    stable: Duration = Field(default="2m", validate_default=True, description="How long it has to be healthy without a break to have arrived.")
    timeout: Duration = Field(default="15m", validate_default=True, description="How long it may take to be that; then it is taken back.")

    @property
    def people(self) -> dict[str, str]:
        """Those who may, as far as somebody has said it."""
        return self.signers or {}
