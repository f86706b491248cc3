# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One promotion to an environment at a time: a reference on the Git server, which is made only where there is none."""

from __future__ import annotations

import dataclasses
import json

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.git import Git
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import Held, MovedOn


@dataclasses.dataclass(frozen=True)
class Holder:
    """Who promotes: user and machine, the very process, and since when."""

    who: str
    run: str
    since: str


class Journal:
    """The lock of one environment. What was done is read from the branch, so that nothing else has to be written down."""

    def __init__(self, git: Git, environment: str) -> None:
        self._git = git
        self.ref = f"refs/groundwork/promoting/{environment}"

    def holder(self) -> Holder | None:
        """Who had it at the last fetch."""
        sha = self._git.commit_of(self.ref)
        return Holder(**json.loads(self._git.run("log", "-1", "--format=%B", sha))) if sha else None

    def take(self, me: Holder, over: bool) -> None:
        """Take it, ``over`` from whoever has it. Raises Held."""
        before = self._git.commit_of(self.ref) or ""
        if before and not over:
            raise Held(said(self.holder()))
        empty = self._git.run("hash-object", "-t", "tree", "-w", "--stdin", text="").strip()
        mine = self._git.run("commit-tree", "--no-gpg-sign", empty, "-m", json.dumps(dataclasses.asdict(me))).strip()
        try:
            self._git.push(f"{mine}:{self.ref}", leases=[f"{self.ref}:{before}"])
        except MovedOn:
            self._git.fetch()
            raise Held(said(self.holder())) from None
        self._git.run("update-ref", self.ref, mine)

    def release(self) -> None:
        """Give it back, if it still is ours."""
        mine = self._git.commit_of(self.ref)
        if mine:
            self._git.push(f":{self.ref}", leases=[f"{self.ref}:{mine}"])
            self._git.run("update-ref", "-d", self.ref)


def said(holder: Holder | None) -> str:
    """For people."""
    return f"{holder.who} since {holder.since}" if holder else "somebody"
