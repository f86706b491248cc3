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

    *releases*: for each wanted version the production lock's files and checksums. With the stand-in every release of it is
    offered, so that an upgrade can be rehearsed. Raises CommandFailed.
    """
    real = {version: _release(source, version, files) for version, files in releases.items()}
    offered = {version: found or _stand_in(version) for version, found in real.items()}
    if not all(real.values()):
        offered |= {version: _stand_in(version) for version in stand_in_releases() if version not in offered}
    files: list[tuple[str, str, str]] = []
    for version, paths in offered.items():
        folder = mirror / "k3s" / version
        folder.mkdir(parents=True)
        for path in paths:
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


def stand_in_releases(lab: Path = artefacts.LAB) -> list[str]:
    """The releases that the stand-in is built as, oldest first."""
    return (lab / "k3s" / "releases.txt").read_text(encoding="utf-8").split()


def stand_in_binary(release: str) -> Path:
    """The stand-in as one release; builds it when needed. Raises CommandFailed."""
    if release not in stand_in_releases():
        raise CommandFailed(f"the stand-in for K3s has no release {release} but {', '.join(stand_in_releases())}; add it to lab/k3s/releases.txt")
    return artefacts.build("k3s") / release / "k3s"


def _stand_in(release: str) -> list[Path]:
    """Binary and, when there is a recipe for them, images of the stand-in."""
    images = artefacts.build("images").iterdir() if "images" in artefacts.buildable() else ()
    return [stand_in_binary(release), *sorted(path for path in images if path.name.startswith("k3s"))]


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
