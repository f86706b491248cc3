# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock file: which files a K3s release consists of and what they must hash to."""

from __future__ import annotations

import pathlib
from typing import Annotated
from urllib.parse import quote

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field, ValidationError
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems, Path
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.source import read_source

BINARIES = {"amd64": "k3s", "arm64": "k3s-arm64"}
Checksum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Lock(Part):
    """SHA-256 by release, architecture and file; null = the owner has not supplied it."""

    k3s: dict[str, dict[str, dict[str, Checksum | None]]]

    def artifacts(self, mirror: str, version: str) -> dict[str, dict[str, dict[str, str | None]]]:
        """URL and checksum of the binary, and of the images if listed, by architecture."""
        found = {}
        for architecture, files in self.k3s.get(version, {}).items():
            binary = BINARIES.get(architecture, f"k3s-{architecture}")
            base = f"{mirror.rstrip('/')}/{quote(version, safe='')}"
            images = next((name for name in files if "airgap-images" in name), None)
            parts = {"binary": binary} | ({"images": images} if images else {})
            found[architecture] = {part: {"url": f"{base}/{name}", "checksum": files.get(name)} for part, name in parts.items()}
        return found

    def unknown(self, version: str) -> list[str]:
        """Files of a release whose checksum the owner has not supplied."""
        return [
            f"k3s.{version}.{architecture}.{name}" for architecture, files in self.k3s.get(version, {}).items() for name, value in files.items() if not value
        ]


def read_lock(path: pathlib.Path) -> Lock:
    """Read a lock file. Raises MatrixProblems (GW001–GW006) when it is unreadable or malformed."""
    source = read_source(path)
    try:
        return Lock.model_validate(source.data)
    except ValidationError as error:
        raise MatrixProblems(
            source.problem("GW006", _path(item["loc"]), item["msg"].lower(), "write k3s: {<version>: {<architecture>: {<file>: <sha256 or null>}}}")
            for item in error.errors(include_url=False)
        ) from None


def _path(location: tuple[int | str, ...]) -> Path:
    return tuple(step for step in location if step != "[key]")
