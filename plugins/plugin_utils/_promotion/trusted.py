# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a promotion believes of the history that it finds: where commits are signed, only what somebody who may there has signed.

A signature takes Git some 15 ms to verify, and a history only grows: what is not needed is left out first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import Record, record_path, records_in, tells_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import Commit, Repository
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import settings_of


def records_of(loaded: Loaded, repository: Repository, tree: Mapping[str, str], commit: str, releases: Collection[str]) -> list[Record]:
    """Believed records about these releases, in order of time, of a commit whose ``tree`` is given. Raises GitError."""
    about = [record for record in records_in(tree) if tells_of(record, releases)]
    return [record for record in about if _recorded(loaded, repository, record.target, record.id, commit)]


def unfinished(loaded: Loaded, repository: Repository, tree: Mapping[str, str], target: str) -> Commit | None:
    """The newest promotion to an environment, of somebody who may, that has no record in ``tree``, which is the server's. Raises GitError.

    Only the newest one of somebody who may needs a record that is believed, too: it may be under way, and a stranger's record would hide it. Of older
    ones any record will do, so that they do not come back when somebody leaves, or changes his key.
    """
    tip, newest = repository.tip, True
    for commit in repository.promotions(tip):
        identity = commit.one("Promotion-Id")
        is_there = record_path(identity) in tree
        if commit.one("Promoted-To") != target or (is_there and not newest) or not _believed(loaded, repository, target, commit.sha):
            continue
        if not is_there or not _recorded(loaded, repository, target, identity, tip):
            return commit
        newest = False
    return None


def promotion(loaded: Loaded, repository: Repository, target: str, identity: str) -> Commit | None:
    """The commit of a promotion to an environment, of somebody who may; None if there was none. Raises GitError."""
    named = (commit for commit in repository.promotions(repository.tip) if (commit.one("Promoted-To"), commit.one("Promotion-Id")) == (target, identity))
    return next((commit for commit in named if _believed(loaded, repository, target, commit.sha)), None)


def _recorded(loaded: Loaded, repository: Repository, target: str, identity: str, tip: str) -> bool:
    """Whether the record of a promotion was brought by somebody who may."""
    return _believed(loaded, repository, target, repository.bringer(record_path(identity), tip))


def _believed(loaded: Loaded, repository: Repository, environment: str, commit: str | None) -> bool:
    """Whether a commit may speak of an environment: signed by somebody who may there, if signatures are asked for there."""
    settings = settings_of(loaded, environment)
    return not settings.signed or repository.signer(commit) in settings.people
