# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster's credentials in a kubeconfig beside the others, however many processes write into it by this at once."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

#: Mode of the file: it holds an administrator's key.
PRIVATE = 0o600


class KubeconfigError(Exception):
    """It cannot be merged; the reason never repeats the text of a file, which may hold keys."""


def merged(present: str, source: str, context: str, server: str) -> str:
    """The present kubeconfig with cluster, user and context of ``source`` under the name ``context``.

    Everything else stays, also the current context if there is one. Raises KubeconfigError for a text that is no kubeconfig.
    """
    config, incoming = _parsed(present, "the kubeconfig on the controller"), _parsed(source, "the server's k3s.yaml")
    try:
        cluster = {**incoming["clusters"][0]["cluster"], "server": server}
        user = incoming["users"][0]["user"]
    except (KeyError, IndexError, TypeError) as problem:
        raise KubeconfigError("the server's k3s.yaml names no cluster or no user; has K3s started there?") from problem
    _put(config, "clusters", {"name": context, "cluster": cluster})
    _put(config, "users", {"name": context, "user": user})
    _put(config, "contexts", {"name": context, "context": {"cluster": context, "user": context}})
    config.setdefault("current-context", context)
    # Through JSON, because ansible's strings carry tags that YAML cannot write.
    plain = json.loads(json.dumps({"apiVersion": "v1", "kind": "Config", "preferences": {}} | config))
    return yaml.safe_dump(plain, sort_keys=False)


def enter(path: Path, source: str, context: str, server: str, *, dry_run: bool) -> bool:
    """Merge into the file at ``path``, or into what a link there names; whether that changes it. Raises KubeconfigError and OSError.

    Read, merge and replacement are one step for all who use this; the file is private before it holds a byte, and is whole at every moment.
    """
    file = path.resolve()
    if dry_run:
        return _wanted(file, source, context, server) is not None
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(file):
        text = _wanted(file, source, context, server)
        if text is not None:
            _replace(file, text)
    return text is not None


def _wanted(file: Path, source: str, context: str, server: str) -> str | None:
    """What has to stand in the file; None if it does, and nobody else may read it."""
    present = file.read_text("utf-8") if file.exists() else ""
    text = merged(present, source, context, server)
    return None if text == present and file.stat().st_mode & 0o777 == PRIVATE else text


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Hold other processes that use this off for a moment; the kernel lets go when this one dies.

    It is an empty file beside the kubeconfig that is locked, and stays: NFS locks only what is open for writing, and whoever removed it would let a
    second one lock another file of that name. kubectl's own lock is a file that is there or not, which a killed process leaves behind.
    """
    descriptor = os.open(file.with_name(f".{file.name}.groundwork.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(file: Path, text: str) -> None:
    """The file as a whole or not at all, and nothing beside it, whatever ends this; a temporary file of Python's has mode 0600 from the start."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _parsed(text: str, what: str) -> dict[str, Any]:
    try:
        value = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        raise KubeconfigError(f"{what} is not YAML; repair or move it") from None
    if not isinstance(value, dict):
        raise KubeconfigError(f"{what} is not a kubeconfig; repair or move it")
    return value


def _put(config: dict[str, Any], section: str, entry: Mapping[str, Any]) -> None:
    entries = list(config.get(section) or [])
    names = [other.get("name") for other in entries]
    if entry["name"] in names:
        entries[names.index(entry["name"])] = entry
    else:
        entries.append(entry)
    config[section] = entries
