# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be in a cluster before Argo CD can take it from there: read out of the tree that Argo CD will read itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.argocd import ITSELF, NAMESPACE
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.base import KUSTOMIZATION
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.environment import environment_folder
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path, read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeProblem, TreeRefused
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import FOLDER, Release, releases_in
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import load_all
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import ValidationError

#: Needs its key before it starts, in a namespace that Argo CD has not made by then.
DECRYPTS = "sops-secrets-operator"
RENDER = "render the tree, commit and push it (playbooks/render.yml)"


@dataclasses.dataclass(frozen=True)
class Installation:
    """Argo CD's first installation. ``patches`` are whole objects to merge, ``replacements`` (kind, name, path, value)."""

    version: str
    manifests: tuple[str, ...]
    digest: str | None
    patches: tuple[dict[str, Any], ...]
    replacements: tuple[dict[str, Any], ...]
    namespaces: tuple[dict[str, Any], ...]
    applications: tuple[str, ...]
    root: dict[str, Any]

    def to_data(self) -> dict[str, Any]:
        """For variables of a playbook."""
        return dataclasses.asdict(self)


def installation(tree: Mapping[str, str], environment: str) -> Installation:
    """From the files of a clone. Raises TreeRefused where the tree is not one that a cluster could be run from."""
    root_path = f"kubernetes/bootstrap/{environment}.yaml"
    problems = [TreeProblem(path, "is not in the branch that Argo CD reads", RENDER) for path in (root_path, lock_path(environment)) if path not in tree]
    if problems:
        raise TreeRefused(problems)
    try:
        locked = read_lock(tree[lock_path(environment)]).components
    except (ValidationError, yaml.YAMLError) as error:
        raise TreeRefused([TreeProblem(lock_path(environment), "is no lock file", "restore it from Git")]) from error
    if ITSELF not in locked:
        raise TreeRefused([TreeProblem(lock_path(environment), f"{ITSELF} is not among the components", f"add {ITSELF} to components and {RENDER}")])
    release = _release(tree, locked[ITSELF].release)
    kustomization = load_all(release.files[KUSTOMIZATION])[0]
    own = load_all(tree.get(f"{environment_folder(environment)}/{ITSELF}/{KUSTOMIZATION}", ""))
    wanted = [NAMESPACE, *([DECRYPTS] if DECRYPTS in locked else [])]
    return Installation(
        version=release.spec.version,
        manifests=tuple(path for path in kustomization["resources"] if "://" in path),
        digest=release.spec.digest,
        patches=tuple(patch for patch in _inline(kustomization) if isinstance(patch, dict) and "$patch" not in patch),
        replacements=tuple(_replacements(own[0] if own else {})),
        namespaces=tuple(_namespace(tree, environment, name) for name in wanted),
        applications=tuple(sorted(locked)),
        root=load_all(tree[root_path])[0],
    )


def _release(tree: Mapping[str, str], name: str) -> Release:
    files = releases_in(tree).get((ITSELF, name))
    folder = f"{FOLDER}/{ITSELF}/{name}"
    if files is None or KUSTOMIZATION not in files:
        raise TreeRefused([TreeProblem(folder, "the release that the lock file names is not there", "restore it from Git")])
    release = Release(ITSELF, files)
    if release.hash != name:
        raise TreeRefused([TreeProblem(folder, "is not what its name says: a release never changes", "restore it from Git")])
    return release


def _inline(kustomization: Mapping[str, Any]) -> Iterator[Any]:
    """Patches that stand in the file itself. Those of the owner's own files are applied by Argo CD, when it runs."""
    for entry in kustomization.get("patches") or []:
        if "patch" in entry and "target" not in entry:
            yield load_all(entry["patch"])[0]


def _replacements(kustomization: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Facts of the environment that go into objects."""
    for entry in kustomization.get("patches") or []:
        if "patch" in entry and "target" in entry:
            for operation in load_all(entry["patch"])[0]:
                steps = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
                yield {"kind": entry["target"]["kind"], "name": entry["target"]["name"], "at": steps, "value": operation["value"]}


def _namespace(tree: Mapping[str, str], environment: str, name: str) -> dict[str, Any]:
    path = f"{environment_folder(environment)}/namespaces/{name}.yaml"
    found = next((thing for thing in load_all(tree.get(path, "")) if thing.get("kind") == "Namespace"), None)
    if found is None:
        raise TreeRefused([TreeProblem(path, f"the namespace {name} is not in the tree", RENDER)])
    return dict(found)
