# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What the lab builds: each folder lab/NAME with an executable ``build OUT``, cached by the hash of what is in it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from lab.twin import golang
from lab.twin.paths import CHECKOUT, cache_folder
from lab.twin.run import CommandFailed

LAB = CHECKOUT / "lab"
#: Files that are no part of what is built.
IRRELEVANT = ("_test.go", ".md")
#: Recipes that install a system into a folder.
NEEDS_ROOT = frozenset({"argocd", "cnpg", "guest", "mariadb"})


#: Built only for whom they are: what runs in clusters, and the servers beside those that are run from Git.
ON_DEMAND = frozenset(
    {
        *("acme", "app", "argocd", "cert-manager", "git", "lua", "metallb", "prometheus-operator-crds", "promtool", "sops-operator", "traefik"),
        *("cnpg", "crds", "local-path", "mariadb", "velero"),
    }
)


def buildable(lab: Path = LAB) -> list[str]:
    """Names of everything that ``lab/lab build`` can build."""
    return sorted(recipe.parent.name for recipe in lab.glob("*/build"))


def usual(lab: Path = LAB) -> list[str]:
    """What every twin of a site needs."""
    return [name for name in buildable(lab) if name not in ON_DEMAND]


def content_hash(folder: Path) -> str:
    """SHA-256 over names, modes and contents of the files in *folder* that can change the output: no hidden files, tests, texts."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if "__pycache__" in path.parts or path.name.startswith(".") or path.name.endswith(IRRELEVANT):
            continue
        executable = "x" if os.access(path, os.X_OK) else "-"
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder)} {executable} {content}\n".encode())
    return digest.hexdigest()


def output(name: str, lab: Path = LAB) -> Path:
    """Where the build output of *name* is, or will be."""
    return cache_folder() / name / content_hash(lab / name)


def build(name: str, lab: Path = LAB) -> Path:
    """Build *name* unless its output is there. Returns the output folder; raises CommandFailed."""
    if name not in buildable(lab):
        raise CommandFailed(f"lab/{name} has no build recipe; there are: {', '.join(buildable(lab))}")
    result = output(name, lab)
    if result.is_dir():
        return result
    result.parent.mkdir(parents=True, exist_ok=True)
    with (result.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.is_dir():
            _build_into(name, result, lab)
    return result


def _build_into(name: str, result: Path, lab: Path) -> None:
    """Run the recipe; the result gets its final name only when it is complete."""
    log, partial = result.parent / "build.log", result.with_suffix(".partial")
    print(f"building {name} (log: {log})", file=sys.stderr, flush=True)
    _discard(name, partial)
    partial.mkdir()
    started = time.monotonic()
    environment = dict(os.environ)
    if any((lab / name).rglob("go.mod")):
        environment["GO"] = str(golang.find())
    with log.open("wb") as output_file:
        argv = [*_as_root(name), str(lab / name / "build"), str(partial)]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=output_file, stderr=output_file, env=environment, check=False)
    if done.returncode:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        _discard(name, partial)
        raise CommandFailed(f"building {name} failed (exit code {done.returncode}); the end of {log}:\n{tail}")
    partial.rename(result)
    print(f"built {name} in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _as_root(name: str) -> list[str]:
    return ["sudo", "--preserve-env=GO"] if name in NEEDS_ROOT and os.geteuid() else []


def _discard(name: str, folder: Path) -> None:
    if folder.exists() and _as_root(name):
        subprocess.run(["sudo", "rm", "-rf", "--one-file-system", str(folder)], check=True)
    shutil.rmtree(folder, ignore_errors=True)
