# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a promotion believes of the history that it finds: where commits are signed, only what somebody who may has signed."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import FOLDER, Record, record_path, records_in
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import Commit, Repository
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import settings_of


def records_of(loaded: Loaded, repository: Repository, tree: Mapping[str, str], commit: str) -> list[Record]:
    """Records of a commit, whose ``tree`` is given, in order of time. Each environment's own setting says whether a signature is asked for."""
    bringers = repository.bringers(FOLDER, commit)
    return [record for record in records_in(tree) if _believed(loaded, repository, record.target, bringers.get(record_path(record.id)))]


def promotions_of(loaded: Loaded, repository: Repository, target: str) -> list[Commit]:
    """Commits of the server's branch that carry a promotion to an environment, the newest first."""
    found = [commit for commit in repository.promotions(repository.tip) if commit.one("Promoted-To") == target]
    return [commit for commit in found if _believed(loaded, repository, target, commit.sha)]


def _believed(loaded: Loaded, repository: Repository, environment: str, commit: str | None) -> bool:
    """Whether a commit may speak of an environment: signed by somebody who may there, if signatures are asked for there."""
    settings = settings_of(loaded, environment)
    return not settings.signed or repository.signer(commit) in settings.people
