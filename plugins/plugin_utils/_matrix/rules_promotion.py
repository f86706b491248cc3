# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about promotion: what an environment asks for has to be possible with the people there are."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule


@rule("GW921", "approvals that nobody can give", "Nobody approves what he asks for himself, so that one signer more than approvals is needed.")
def too_few_signers(facts: Facts) -> Iterator[Finding]:
    """Signers of each environment, its own or the site's."""
    for key, environment in facts.matrix.environments.items():
        settings = facts.matrix.promotion.overlaid(environment.promotion)
        # Two names for one key are one person.
        people = len({" ".join(line.split()[:2]) for line in settings.people.values()})
        if settings.signers is not None and settings.approvals and people <= settings.approvals:
            path: Path = ("environments", key, "promotion") if environment.promotion else ("promotion",)
            message = f"{key} wants {settings.approvals} approvals beside the one who asks, and {people} people may sign"
            yield Finding(path, message, "name more signers, or want fewer approvals", at_key=True)
