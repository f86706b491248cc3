# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What gates share: the checkout, its files, and a way to run programs that keeps their output."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / ".build" / "collections"
IN_TREE = TREE / "ansible_collections" / "groundwork" / "platform"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "groundwork"


class Finding(Exception):
    """A gate found something; the text says what."""


class Shell:
    """Runs the programs of one gate and collects what they print."""

    def __init__(self, verbose: bool = False) -> None:
        self.verbose = verbose
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.extend(text.splitlines())
        if self.verbose and text:
            print(text, flush=True)

    def run(self, *args: str | Path, cwd: Path = ROOT, env: t.Mapping[str, str] | None = None) -> str:
        """Run a program and return what it printed; a `Finding` if it ended non-zero."""
        command = [str(arg) for arg in args]
        self.say("$ " + " ".join(command[:12]) + (f" … ({len(command)} arguments)" if len(command) > 12 else ""))
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **BASE_ENV, **(env or {})},
            check=False,
            text=True,
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        self.say(done.stdout.rstrip())
        if done.returncode:
            raise Finding(f"{command[0]} ended with {done.returncode}")
        return done.stdout


BASE_ENV: t.Final = {
    "ANSIBLE_COLLECTIONS_PATH": str(TREE),
    "ANSIBLE_NOCOLOR": "1",
    "NO_COLOR": "1",
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    "PYTHONPATH": "",
}


def project_files() -> list[str]:
    """All files of the project, also those not committed yet, relative to the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return sorted(name for name in set(listed.split("\0")) if name and (ROOT / name).is_file())


def venv(shell: Shell, lock: str) -> Path:
    """The bin folder of a virtual environment holding exactly `requirements/<lock>.txt`, made on first use.

    Some tools pin libraries that nobody else bears, so they live apart, in the user's cache, named by the lock's hash.
    """
    requirements = ROOT / "requirements" / f"{lock}.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    home = CACHE / "venvs" / f"{lock}-{digest}"
    if not (home / "complete").exists():
        shell.run(sys.executable, "-m", "venv", "--clear", home)
        shell.run(home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements)
        (home / "complete").touch()
    return home / "bin"
