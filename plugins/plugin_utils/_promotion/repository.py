# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repository says: the server's branch, files of a commit, who signed what, and which promotions there were."""

from __future__ import annotations

import dataclasses
import datetime
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import LARGEST
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.git import REMOTE, Git
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Clone

GOOD = re.compile(r'^Good "git" signature for (\S+) with ', re.MULTILINE)
TRAILER = re.compile(r"^([A-Z][A-Za-z-]+): (.*)$")


@dataclasses.dataclass(frozen=True)
class Commit:
    """One commit of ours, with its trailers (a key may come more than once)."""

    sha: str
    parent: str
    at: datetime.datetime
    trailers: tuple[tuple[str, str], ...]

    def all(self, key: str) -> list[str]:
        """Every value of a trailer."""
        return [value for name, value in self.trailers if name == key]

    def one(self, key: str) -> str:
        """The value of a trailer, empty if it has none."""
        return next(iter(self.all(key)), "")


class Repository:
    """Reads; ``signers`` are public keys by name."""

    def __init__(self, git: Git, branch: str, signers: Mapping[str, str]) -> None:
        self.git = git
        self.branch = branch
        self._signers = dict(signers)
        self._known: dict[str, str | None] = {}

    @property
    def tip(self) -> str:
        """Where the server's branch is."""
        return self.git.run("rev-parse", "--verify", f"refs/remotes/{REMOTE}/{self.branch}^{{commit}}").strip()

    def clone(self, locked_by: str | None) -> Clone:
        """The clone as people see it."""
        branch = self.git.attempt(["symbolic-ref", "--short", "--quiet", "HEAD"]).stdout.strip()
        ahead, behind = self.git.run("rev-list", "--left-right", "--count", f"HEAD...{self.tip}").split()
        clean = not self.git.run("status", "--porcelain").strip()
        return Clone(clean, branch or "no branch", int(ahead), int(behind), locked_by)

    def tree(self, commit: str) -> dict[str, str]:
        """Every text file of a commit by its path, as read_tree gives those of a folder."""
        rows = [row for row in self.git.run("ls-tree", "-r", "-z", "--long", commit).split("\0") if row]
        wanted: dict[str, str] = {}
        for row in rows:
            facts, path = row.split("\t", 1)
            mode, kind, blob, length = facts.split()
            if kind == "blob" and mode in ("100644", "100755") and int(length) <= LARGEST:
                wanted[path] = blob
        command = ["git", "-C", str(self.git.path), "cat-file", "--batch"]
        answered = subprocess.run(command, input="\n".join(wanted.values()).encode() + b"\n", capture_output=True, check=True).stdout
        found: dict[str, str] = {}
        at = 0
        for path in wanted:
            line = answered.index(b"\n", at)
            size = int(answered[at:line].rsplit(b" ", 1)[1])
            content, at = answered[line + 1 : line + 1 + size], line + size + 2
            try:
                found[path] = content.decode("utf-8")
            except UnicodeDecodeError:
                continue
        return found

    def text(self, commit: str, path: str) -> str | None:
        """One file of a commit."""
        done = self.git.attempt(["cat-file", "blob", f"{commit}:{path}"])
        return None if done.returncode else done.stdout

    def holds(self, commit: str, ancestor: str) -> bool:
        """Whether a commit is, or comes after, another one. A commit that is not known here holds nothing."""
        return self.git.attempt(["merge-base", "--is-ancestor", ancestor, commit]).returncode == 0

    def bringer(self, path: str, tip: str) -> str | None:
        """The commit that last brought a file, or changed it."""
        return self.git.run("log", "-1", "--format=%H", tip, "--", path).strip() or None

    def paths_of(self, commit: str) -> set[str]:
        """Files that a commit adds, changes or removes."""
        return set(self.git.run("diff-tree", "-r", "-z", "--no-commit-id", "--name-only", "--no-renames", commit).split("\0")) - {""}

    def promotions(self, tip: str) -> list[Commit]:
        """Every commit of the branch that carries a promotion, the newest first."""
        return self._commits("log", tip, "--grep=^Promotion-Id: ")

    def merged(self, identity: str, tip: str) -> Commit | None:
        """The merge commit by which a forge took a promotion."""
        return next(iter(self._commits("log", "-1", tip, f"--grep=^Merges-Promotion: {identity}$")), None)

    def reverted(self, commit: str, tip: str) -> str | None:
        """The commit that takes another one back, if there is one."""
        return self.git.run("log", "-1", "--format=%H", f"{commit}..{tip}", f"--grep=^This reverts commit {commit}").strip() or None

    def commit(self, sha: str) -> Commit:
        """One commit."""
        return self._commits("log", "-1", sha)[0]

    def _commits(self, *arguments: str) -> list[Commit]:
        rows = self.git.run(arguments[0], "--format=%H%x00%P%x00%cI%x00%B%x01", *arguments[1:]).split("\x01")
        found = [row.strip("\n").split("\0") for row in rows if row.strip()]
        return [Commit(sha, parents.split(" ")[0], datetime.datetime.fromisoformat(at), _trailers(body)) for sha, parents, at, body in found]

    def signer(self, commit: str | None) -> str | None:
        """Whose signature a commit carries; None if nobody's that may."""
        if commit and commit not in self._known:
            self._known[commit] = self._good(["verify-commit", commit])
        return self._known[commit] if commit else None

    def approvers(self, commit: str) -> frozenset[str]:
        """Who signed a tag on this very commit."""
        found = self.git.run("for-each-ref", "--points-at", commit, "--format=%(objecttype) %(objectname)", "refs/groundwork/tags/").split("\n")
        tags = [line.split()[1] for line in found if line.startswith("tag ")]
        return frozenset(name for tag in tags if (name := self._good(["verify-tag", tag])))

    def me(self) -> str | None:
        """Whose key signs in this clone."""
        configured = self.git.attempt(["config", "--get", "user.signingKey"]).stdout.strip()
        for source in (configured.removeprefix("key::"), *(_read(Path(configured + ending).expanduser()) for ending in ("", ".pub") if configured)):
            key = " ".join(source.split()[:2])
            if key and (names := [name for name, line in self._signers.items() if " ".join(line.split()[:2]) == key]):
                return names[0]
        return None

    def _good(self, arguments: Sequence[str]) -> str | None:
        """The name that Git gives to a good signature, by our list of signers and no other."""
        with tempfile.NamedTemporaryFile("w", suffix=".allowed_signers") as file:
            file.writelines(f'{name} namespaces="git" {" ".join(line.split()[:2])}\n' for name, line in self._signers.items())
            file.flush()
            done = self.git.attempt(["-c", f"gpg.ssh.allowedSignersFile={file.name}", *arguments])
        found = GOOD.search(done.stderr) if done.returncode == 0 else None
        return found[1] if found and found[1] in self._signers else None


def _trailers(body: str) -> tuple[tuple[str, str], ...]:
    """Lines that look like one, wherever they stand: a forge may put text of its own below ours."""
    found = [match.groups() for line in body.splitlines() if (match := TRAILER.match(line))]
    return tuple((str(name), str(value)) for name, value in found)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8") if path.suffix == ".pub" else ""
    except (OSError, UnicodeDecodeError):
        return ""
