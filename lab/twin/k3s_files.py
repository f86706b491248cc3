# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""The K3s that a twin installs: the real release where it can be downloaded, else the stand-in, and the lock file for it."""

from __future__ import annotations

import hashlib
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from lab.twin import artefacts
from lab.twin.paths import cache_folder
from lab.twin.rehearsal import lock_text
from lab.twin.run import CommandFailed

ARCHITECTURE = "amd64"
CONNECT_TIMEOUT = 10
Checksums = Mapping[str, "str | None"]


def fill(mirror: Path, lock: Path, source: str, releases: Mapping[str, Checksums]) -> str:
    """Put K3s into the twin's mirror and write its lock file. Returns which K3s it is, as a sentence.

    *releases*: for each wanted version the production lock's files and checksums. Raises CommandFailed.
    """
    real = {version: _release(source, version, files) for version, files in releases.items()}
    files: list[tuple[str, str, str]] = []
    for version in releases:
        folder = mirror / "k3s" / version
        folder.mkdir(parents=True)
        for path in real[version] or _stand_in():
            (folder / path.name).symlink_to(path)
            files.append((version, path.name, file_hash(path)))
    lock.write_text(lock_text(files), encoding="utf-8")
    names = ", ".join(releases)
    if all(real.values()):
        return f"the real K3s {names}, downloaded and verified"
    return f"the stand-in for K3s {names}: real etcd and Kubernetes under K3s's contract, because the release cannot be had here"


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _stand_in() -> list[Path]:
    """Binary and, when there is a recipe for them, images of the stand-in."""
    names = [name for name in ("k3s", "images") if name in artefacts.buildable()]
    return [path for name in names for path in sorted(artefacts.build(name).iterdir()) if path.name.startswith("k3s")]


def _release(source: str, version: str, checksums: Checksums) -> list[Path]:
    """Verified files of the real release in the cache; empty when a checksum is not known or the source not reachable."""
    if not checksums or not all(checksums.values()):
        return []
    folder = cache_folder() / "k3s-release" / version / ARCHITECTURE
    try:
        return [_file(folder, name, f"{source.rstrip('/')}/{quote(version, safe='')}/{name}", str(sha)) for name, sha in checksums.items()]
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        print(f"K3s {version} cannot be downloaded from {source} ({error}); using the stand-in", file=sys.stderr)
        return []


def _file(folder: Path, name: str, url: str, checksum: str) -> Path:
    path = folder / name
    if path.exists() and file_hash(path) == checksum:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{name}.partial")
    print(f"downloading {url}", file=sys.stderr, flush=True)
    with _opener().open(url, timeout=CONNECT_TIMEOUT) as answer, partial.open("wb") as output:
        shutil.copyfileobj(answer, output)
    if file_hash(partial) != checksum:
        partial.unlink()
        raise CommandFailed(f"{url} does not have the checksum of the lock file ({checksum}); correct the lock, or distrust the source")
    return partial.rename(path)


def _opener() -> urllib.request.OpenerDirector:
    """Opens http and https only, through the proxies of the environment."""
    opener = urllib.request.OpenerDirector()
    handlers = (urllib.request.UnknownHandler, urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler)
    rules = (urllib.request.HTTPRedirectHandler, urllib.request.HTTPErrorProcessor, urllib.request.HTTPDefaultErrorHandler)
    for handler in (*handlers, *rules):
        opener.add_handler(handler())
    return opener
