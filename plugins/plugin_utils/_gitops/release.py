# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases: immutable copies of a component's base, each named by its own content."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Chart, Flow, Kubernetes, Layer, Parameter
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import load_all
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part

FOLDER = "kubernetes/releases"
SPEC = "release.yaml"
LENGTH = 16


class Spec(Part):
    """What a release says of itself, so that an environment that runs it needs nothing else of that time's catalogue.

    Releases outlive versions of this collection: a field that comes later needs a default.
    """

    component: str
    version: str
    digest: str | None
    layer: Layer
    wave: int
    namespace: str
    pod_security: str
    holds_data: bool
    cni: str | None
    kubernetes: Kubernetes
    chart: Chart | None
    names: list[str]
    parameters: list[Parameter]
    flows: list[Flow]

    def to_data(self) -> dict[str, Any]:
        """For release.yaml."""
        return self.model_dump(mode="json", by_alias=True)


class Release:
    """The files of one release, by their name within it."""

    def __init__(self, component: str, files: Mapping[str, str]) -> None:
        self.component = component
        self.files = dict(sorted(files.items()))
        self.hash = content_hash(self.files)
        self.folder = f"{FOLDER}/{component}/{self.hash}"

    @functools.cached_property
    def spec(self) -> Spec:
        """What it says of itself. One that a later version of this collection made may not be readable: ValidationError."""
        return Spec.model_validate(load_all(self.files[SPEC])[0])

    @functools.cached_property
    def values(self) -> dict[str, Any]:
        """Its Helm values."""
        documents = load_all(self.files.get("values.yaml", ""))
        return documents[0] if documents else {}

    @property
    def fetched(self) -> list[str]:
        """What Argo CD fetches for it: nothing of that has been looked at before it is in the cluster."""
        resources = [str(resource) for document in load_all(self.files.get("kustomization.yaml", "")) for resource in document.get("resources") or ()]
        chart = [f"{self.component} {self.spec.version} (chart)"] if self.spec.chart else []
        return chart + [f"{self.component} {self.spec.version} ({url.rpartition('/')[2]})" for url in resources if "://" in url]

    @property
    def tree(self) -> dict[str, str]:
        """Its files by their path in the repository."""
        return {f"{self.folder}/{name}": text for name, text in self.files.items()}


def content_hash(files: Mapping[str, str]) -> str:
    """Name of a release: a SHA-256 over names and contents, shortened."""
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        for part in (name, text):
            data = part.encode()
            digest.update(len(data).to_bytes(8) + data)
    return digest.hexdigest()[:LENGTH]


def releases_in(tree: Mapping[str, str]) -> dict[tuple[str, str], dict[str, str]]:
    """Files by (component, folder name) of every release in a tree."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for path, text in tree.items():
        if path.startswith(FOLDER + "/") and path.count("/") >= 4:
            component, name, rest = path.removeprefix(FOLDER + "/").split("/", 2)
            found.setdefault((component, name), {})[rest] = text
    return found
