# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The naming rules of the planning document (section 5), checked on the objects of a rendered tree."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeProblem
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import Spec
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import load_all

LABELS = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
#: Kinds with a pattern. An object that somebody else's program names is listed in the catalogue (names).
PATTERNS = {
    "ConfigMap": "{app}-config",
    "Ingress": "{app}",
    "PersistentVolumeClaim": "{app}-data",
    "Secret": "{app}-credentials",
    "Service": "{app}",
    "SopsSecret": "{app}-credentials",
}


def misnamed(path: str, text: str, spec: Spec | None, environments: Collection[str]) -> Iterator[TreeProblem]:
    """Names in a file that break a rule; ``spec`` is the component that the file belongs to."""
    for kind, name in _names(text):
        if not LABELS.fullmatch(name):
            yield TreeProblem(path, f"{kind} {name!r} is not lower case with hyphens", "rename it")
        if spec and f"{kind.removeprefix('Sops')}/{name}" in spec.names:
            continue
        if named := sorted(set(re.split(r"[-.]", name)) & set(environments)):
            yield TreeProblem(path, f"{kind} {name} names the environment {named[0]}", "leave it out: each environment is a cluster of its own")
        wanted = PATTERNS.get(kind, "").format(app=spec.component) if spec else ""
        if spec and wanted not in ("", name):
            yield TreeProblem(path, f"{kind} {name} of {spec.component} should be named {wanted}", "rename it, or list it in names of the catalogue")


def _names(text: str) -> Iterator[tuple[str, str]]:
    """(kind, name) of every object; a file that is no YAML has none and is reported elsewhere."""
    try:
        documents = load_all(text)
    except yaml.YAMLError:
        return
    for thing in documents:
        metadata = thing.get("metadata") if isinstance(thing, Mapping) else None
        if isinstance(metadata, Mapping) and metadata.get("name"):
            yield str(thing.get("kind", "object")), str(metadata["name"])
