# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The git program over one clone. Nothing here touches the files that people see in it, but for the fast-forward at the end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import GitAway, MovedOn, NotAllowed, PromotionError, Refused

REMOTE = "origin"
#: Seconds after which a server counts as away.
PATIENCE = 60
#: Tags and locks of the server are kept apart from the tags of whoever owns the clone.
FETCHED = (
    f"+refs/heads/*:refs/remotes/{REMOTE}/*",
    "+refs/tags/*:refs/groundwork/tags/*",
    "+refs/groundwork/promoting/*:refs/groundwork/promoting/*",
)


class GitError(PromotionError):
    """Git said no; the text is Git's."""


class Git:
    """Runs git in a clone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / ".git").exists():
            raise Refused(f"{path} is no clone of a Git repository; clone git.repository of the matrix there first")

    def run(self, *arguments: str, text: str | None = None, folder: Path | None = None) -> str:
        """What git printed. Raises GitError."""
        done = self.attempt(arguments, text, folder)
        if done.returncode:
            raise GitError(f"git {arguments[0]}: {done.stderr.strip()[-1000:]}")
        return done.stdout

    def attempt(self, arguments: Sequence[str], text: str | None = None, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run it, whatever it says. It never asks anything; who signs with a key that needs a passphrase uses an agent."""
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0"}
        command = ["git", "-C", str(folder or self.path), "-c", "core.quotePath=false", *arguments]
        try:
            return subprocess.run(command, input=text or "", capture_output=True, text=True, env=environment, check=False, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 128, "", f"no answer within {PATIENCE} s")
        except UnicodeDecodeError:
            return subprocess.CompletedProcess(command, 128, "", "its output is no text")

    def fetch(self) -> None:
        """Everything of the server. Raises GitAway."""
        done = self.attempt(["fetch", "--quiet", "--no-tags", "--prune", REMOTE, *FETCHED])
        if done.returncode:
            raise GitAway(f"the Git server cannot be read: {done.stderr.strip()[-1000:]}; run again when it is back")

    def push(self, *refspecs: str, leases: Sequence[str] = ()) -> None:
        """All of it or nothing. Raises MovedOn, NotAllowed or GitAway."""
        arguments = ["push", "--porcelain", "--atomic", *(f"--force-with-lease={lease}" for lease in leases), REMOTE, *refspecs]
        done = self.attempt(arguments)
        if done.returncode == 0:
            return
        lines = [line for line in done.stdout.splitlines() if line.startswith("!")]
        said = "; ".join(line.split("\t")[-1] for line in lines)
        if "[rejected]" in said:
            raise MovedOn(f"somebody pushed meanwhile ({said})")
        if "[remote rejected]" in said:
            raise NotAllowed(f"the Git server does not take it: {said} {done.stderr.strip()[-500:]}")
        raise GitAway(f"the Git server cannot be written to: {done.stderr.strip()[-1000:]}; run again when it is back")

    def commit_of(self, name: str) -> str | None:
        """The commit that a name means."""
        done = self.attempt(["rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"])
        return done.stdout.strip() or None

    @contextlib.contextmanager
    def worktree(self, commit: str) -> Iterator[Path]:
        """A checkout beside the clone that is gone afterwards; what a killed run left is forgotten first."""
        self.run("worktree", "prune")
        with tempfile.TemporaryDirectory(prefix="groundwork-promotion-") as name:
            folder = Path(name) / "tree"
            self.run("worktree", "add", "--quiet", "--detach", str(folder), commit)
            try:
                yield folder
            finally:
                self.attempt(["worktree", "remove", "--force", str(folder)])
