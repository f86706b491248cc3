# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A promotion that waits for others: a commit on a branch of its own, approved by signed tags or by reviews of a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import Change
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.git import REMOTE
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import Repository


class Forge(Protocol):
    """A server with pull requests."""

    def approvers(self, branch: str, commit: str) -> frozenset[str]:
        """Who approved this very commit of the branch's pull request, and has not taken it back since."""

    def propose(self, branch: str, base: str, title: str, body: str) -> str:
        """Open a pull request unless there is one; its address."""

    def merge(self, branch: str, commit: str, text: str) -> None:
        """Merge the branch's pull request with a merge commit that says ``text``, if its head still is this commit."""


class Proposal:
    """The one proposal that an environment can have."""

    def __init__(self, repository: Repository, target: str, forge: Forge | None) -> None:
        self.branch = f"promotion/{target}"
        self._repository = repository
        self._forge = forge

    @property
    def head(self) -> str | None:
        """Its commit, at the last fetch."""
        return self._repository.git.commit_of(f"refs/remotes/{REMOTE}/{self.branch}")

    def matches(self, change: Change, identity: str, waived: Sequence[str]) -> str | None:
        """The proposed commit, if it changes exactly this, from the same to the same, under no other waivers.

        What was proposed on top of an older commit still counts: others push all day, and approved is what changes, not where it stands.
        """
        head = self.head
        if head is None or self._repository.paths_of(head) != {file.path for file in change.files}:
            return None
        commit = self._repository.commit(head)
        if commit.one("Promotion-Id") != identity or not set(waived) <= set(commit.all("Waived")):
            return None
        sides = ((commit.parent, "before"), (head, "after"))
        same = all(self._repository.text(sha, file.path) == getattr(file, side) for sha, side in sides for file in change.files)
        return head if same else None

    def approvers(self, head: str | None) -> frozenset[str]:
        """Who approved it."""
        if head is None:
            return frozenset()
        return self._forge.approvers(self.branch, head) if self._forge else self._repository.approvers(head)

    def opened(self, base: str, text: str) -> str:
        """Have others see it; what they have to do."""
        if self._forge:
            title, _empty, body = text.partition("\n\n")
            return f"have {self._forge.propose(self.branch, base, title, body)} approved by review, and run this again"
        return self.asks()

    def asks(self) -> str:
        """What others have to do."""
        if self._forge:
            return f"have the pull request of {self.branch} approved by review, and run this again"
        tag = f"approve/{(self.head or '')[:12]}-$USER"
        return (
            f"somebody else who may sign looks at it and approves it, then run this again:\n"
            f"  git fetch {REMOTE} {self.branch} && git show {self.head}\n"
            f"  git tag -s -m approved {tag} {self.head} && git push {REMOTE} {tag}"
        )
