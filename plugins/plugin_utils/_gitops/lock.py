# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock file of an environment: which release of each component runs there."""

from __future__ import annotations

from typing import Annotated

from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import Release
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import dump, load_all
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part

NAME = "promotion.lock.yaml"


class Locked(Part):
    """One component: the release's name, and what it installs, for people."""

    release: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    version: str


class Lock(Part):
    """The whole file. Only promotion moves it, but for the first environment, which follows the base."""

    components: dict[str, Locked] = {}

    def to_text(self) -> str:
        """Its content, without the owner's line."""
        return dump(self.model_dump())


def lock_of(releases: list[Release]) -> Lock:
    """The lock of an environment that runs these."""
    return Lock(components={release.component: Locked(release=release.hash, version=release.spec.version) for release in releases})


def read_lock(text: str) -> Lock:
    """From a file's text. Raises ValidationError or yaml.YAMLError; both are ValueErrors or carry their place."""
    documents = load_all(text)
    return Lock.model_validate(documents[0] if documents else {})


def lock_path(environment: str) -> str:
    """Where the lock of an environment stands."""
    return f"kubernetes/environments/{environment}/{NAME}"
