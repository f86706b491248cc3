# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commits, reverts and tags. Each is made aside and becomes real with one push, so that a run may end anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import Change, write
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.git import REMOTE, Git, GitError
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.message import trailer
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import Conflict, MovedOn, NotSigned

#: How often a commit that touches nothing of others is made anew on top of what they pushed meanwhile.
ATTEMPTS = 10
#: What Git says when it is the signature that it cannot make.
UNSIGNED = re.compile(r"sign|gpg|private key|failed to write commit object")


class Writer:
    """Writes to the server's branch; ``signed`` says whether everything is signed."""

    def __init__(self, git: Git, branch: str, signed: bool) -> None:
        self._git = git
        self.branch = branch
        self._sign = ["--gpg-sign"] if signed else ["--no-gpg-sign"]
        self._signed = signed

    def commit(self, parent: str, files: Sequence[Change], message: str) -> str:
        """A commit with these files, known to nobody yet."""
        with self._git.worktree(parent) as folder:
            write(folder, list(files))
            self._git.run("add", "--all", "--force", "--", *(change.path for change in files), folder=folder)
            return self._committed(["commit", "--quiet", "--no-verify", "--cleanup=verbatim", "--file=-"], folder, message)

    def publish(self, commit: str, *, branch: str | None = None, more: Sequence[str] = (), leases: Sequence[str] = ()) -> None:
        """Make it the server's. Raises MovedOn when somebody was faster."""
        self._git.push(f"{commit}:refs/heads/{branch or self.branch}", *more, leases=leases)
        self._git.fetch()

    def revert(self, commit: str, reason: str) -> str:
        """Take exactly this commit back, on top of whatever came since. Raises Conflict."""
        for attempt in range(ATTEMPTS):
            tip = self._git.run("rev-parse", f"refs/remotes/{REMOTE}/{self.branch}").strip()
            with self._git.worktree(tip) as folder:
                done = self._git.attempt(["revert", "--no-commit", commit], folder=folder)
                if done.returncode:
                    reason = (done.stderr or done.stdout).strip()[-500:]
                    raise Conflict(f"{commit[:12]} cannot be taken back by itself, because what it wrote was changed since: {reason}")
                subject = self._git.run("log", "-1", "--format=%s", commit).strip()
                message = f'Revert "{subject}"\n\nThis reverts commit {commit}.\n\n{trailer("Reason", reason)}\n'
                made = self._committed(["commit", "--quiet", "--no-verify", "--file=-"], folder, message)
            try:
                self.publish(made)
            except MovedOn:
                if attempt == ATTEMPTS - 1:
                    raise
                self._git.fetch()
            else:
                return made
        raise AssertionError  # the loop returns or raises

    def record(self, path: str, text: str, message: str, tag: tuple[str, str] | None) -> None:
        """Add a file on top of whatever is there, and with it a signed tag (name, commit)."""
        more = [self._tagged(*tag)] if tag else []
        for attempt in range(ATTEMPTS):
            tip = self._git.run("rev-parse", f"refs/remotes/{REMOTE}/{self.branch}").strip()
            made = self.commit(tip, [Change(path, None, text)], message)
            try:
                self.publish(made, more=more)
            except MovedOn:
                if attempt == ATTEMPTS - 1:
                    raise
                self._git.fetch()
            else:
                return

    def forward(self) -> None:
        """Bring the clone to where the server is, if nobody works in it."""
        self._git.attempt(["merge", "--quiet", "--ff-only", f"refs/remotes/{REMOTE}/{self.branch}"])

    def _tagged(self, name: str, commit: str) -> str:
        """Make a tag and say how to push it."""
        self._git.run("tag", "--force", "--sign" if self._signed else "--annotate", f"--message={name}", name, commit)
        return f"+refs/tags/{name}:refs/tags/{name}"

    def _committed(self, arguments: list[str], folder: Path, message: str) -> str:
        try:
            self._git.run(*arguments, *self._sign, text=message, folder=folder)
        except GitError as problem:
            if self._signed and UNSIGNED.search(str(problem)):
                remedy = "set gpg.format to ssh and user.signingKey to your key in the clone, and load the key into ssh-agent"
                raise NotSigned(f"Git could not sign: {problem}; {remedy}") from None
            raise
        return self._git.run("rev-parse", "HEAD", folder=folder).strip()
