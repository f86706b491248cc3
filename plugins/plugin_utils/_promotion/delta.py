# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of files means in a cluster, by object: what goes, which images change, what restarts. No I/O.

Objects that Argo CD makes from charts, or fetches from a vendor, are not in the tree: of those only values and versions are known here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.environment import environment_folder
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import Lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import FOLDER
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import load_all
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import as_mapping

NO_OBJECTS = ("/values.yaml", "/release.yaml", "/kustomization.yaml", "/promotion.lock.yaml")
TEMPLATES = {"CronJob": ("spec", "jobTemplate", "spec", "template"), "Pod": ()}
Objects = dict[str, Mapping[str, Any]]


@dataclasses.dataclass(frozen=True)
class Delta:
    """Names of objects as Kind/name or Kind/namespace/name; images as "workload: before → after"; ``kinds`` of what comes or changes."""

    pruned: frozenset[str] = frozenset()
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()
    kinds: frozenset[tuple[str, str]] = frozenset()


def objects_of(tree: Mapping[str, str], lock: Lock, environment: str) -> Objects:
    """Every object that stands in the tree for an environment: its own, and those of the releases that its lock names."""
    folders = (environment_folder(environment) + "/", *(f"{FOLDER}/{name}/{entry.release}/" for name, entry in lock.components.items()))
    found: Objects = {}
    for path, text in sorted(tree.items()):
        if path.startswith(folders) and path.endswith(".yaml") and not path.endswith(NO_OBJECTS) and "/patches/" not in path:
            found |= dict(_named(text))
    return found


def delta(before: Objects, after: Objects) -> Delta:
    """The difference."""
    changed = sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
    coming = [after[name] for name in after if before.get(name) != after[name]]
    return Delta(
        kinds=frozenset((str(thing.get("apiVersion")), str(thing.get("kind"))) for thing in coming),
        pruned=frozenset(before.keys() - after.keys()),
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(changed),
        images=tuple(f"{name}: {old} → {new}" for name in changed if (old := _images(before[name])) != (new := _images(after[name]))),
        restarts=tuple(name for name in changed if _template(after[name]) and _template(before[name]) != _template(after[name])),
    )


def _named(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        documents = load_all(text)
    except yaml.YAMLError:  # reported by the rules for the tree
        return
    for thing in documents:
        metadata = as_mapping(as_mapping(thing).get("metadata"))
        if metadata.get("name"):
            place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
            yield f"{thing.get('kind')}/{place}{metadata['name']}", thing


def _template(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = thing
    for step in TEMPLATES.get(str(thing.get("kind")), ("spec", "template")):
        found = as_mapping(found.get(step))
    return found


def _images(thing: Mapping[str, Any]) -> str:
    spec = as_mapping(_template(thing).get("spec"))
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    return ", ".join(str(as_mapping(container).get("image")) for container in containers)
