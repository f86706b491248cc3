# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From inputs to the whole tree, or to everything that is wrong with it. No I/O."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.base import KUSTOMIZATION, PATCHES, base_folder
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.environment import environment_files
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_of, lock_path
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.locks import Locks
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.naming import misnamed
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.ownership import is_edited, is_ours, patch, stamp
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeProblem, TreeRefused
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.readme import README
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import FOLDER
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.secrets import exposed, sops_rules
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import dump

SOPS = ".sops.yaml"
NO_OBJECTS = ("/values.yaml", "/release.yaml", "/kustomization.yaml", "/promotion.lock.yaml")
GENERATED = ("kubernetes/base/", "kubernetes/environments/", "kubernetes/bootstrap/")


@dataclasses.dataclass(frozen=True)
class Tree:
    """What has to be in the repository, beside the owner's files and older releases."""

    files: dict[str, str]
    stale: tuple[str, ...]
    without_version: tuple[str, ...]
    waiting: dict[str, list[str]]
    not_validated: tuple[str, ...]


def render(inputs: Inputs) -> Tree:
    """The tree that follows from a matrix and from what is there. Raises TreeRefused with everything that is wrong."""
    if missing := list(inputs.missing()):
        raise TreeRefused(missing)
    locks = Locks(inputs)
    bodies = {"kubernetes/README.md": README, **({SOPS: dump(sops_rules(inputs.recipients))} if inputs.recipients else {})}
    owners = [path for path, text in inputs.tree.items() if not is_ours(path, text)]
    if not locks.problems:
        for target in inputs.targets:
            releases = locks.by_environment[target.key]
            bodies |= environment_files(target, inputs.git, releases, owners)
            bodies[lock_path(target.key)] = lock_of(releases).to_text()
    files = {path: stamp(path, body) for path, body in bodies.items()}
    for name, base in inputs.bases.items():
        folder = base_folder(name, inputs.catalogue[name])
        files |= base.tree | {f"{folder}/{file}": text for file, text in base.files.items() if not file.startswith(PATCHES)}
    stale = tuple(sorted(path for path, text in inputs.tree.items() if path.startswith(GENERATED) and is_ours(path, text) and path not in files))
    problems = [*locks.problems, *_hand_edits(inputs, files), *_broken_rules(inputs, files, stale)]
    if not locks.problems:
        problems += _ignored_files(inputs, files)
    if problems:
        raise TreeRefused(problems)
    waiting = {key: locks.waiting(key) for key in locks.by_environment}
    fetched = {what for releases in locks.by_environment.values() for release in releases for what in release.fetched}
    return Tree(files, stale, tuple(inputs.without_version), waiting, tuple(sorted(fetched)))


def _hand_edits(inputs: Inputs, files: dict[str, str]) -> Iterator[TreeProblem]:
    """Files of ours that somebody changed, and files of somebody where ours have to go."""
    for path, text in inputs.tree.items():
        if path.startswith(FOLDER):
            continue  # releases are known by their content
        if is_edited(path, text):
            change = patch(path, files.get(path, ""), text)
            yield TreeProblem(path, "was edited by hand", "take the edit back, and say it in the matrix or in a file of patches/", change)
        elif path in files and not is_ours(path, text):
            yield TreeProblem(path, "is in the way: it is not ours and has the name of a file that we write", "move it away")


def _ignored_files(inputs: Inputs, files: dict[str, str]) -> Iterator[TreeProblem]:
    """Files of the owner that no kustomization.yaml lists, so that they would silently do nothing."""
    for path, text in inputs.tree.items():
        if not path.startswith(GENERATED) or is_ours(path, text):
            continue
        folder = path.split("/patches/")[0].split("/secrets/")[0]
        if folder == path or not path.endswith(".yaml"):
            yield TreeProblem(path, "has no effect: nothing here is read but .yaml files in patches/ and secrets/", "move it there, or out of this tree")
        elif f"{folder}/{KUSTOMIZATION}" not in files:
            yield TreeProblem(path, "has no effect: there are no objects of ours beside it", "say it as values in the matrix, or remove it")


def _broken_rules(inputs: Inputs, files: dict[str, str], stale: tuple[str, ...]) -> Iterator[TreeProblem]:
    """Names, secrets and data of everything that will stand in the tree, the owner's files included."""
    environments = [target.key for target in inputs.targets]
    after = {path: text for path, text in inputs.tree.items() if path not in stale} | files
    specs = {name: base.spec for name, base in inputs.bases.items()}
    for path, text in after.items():
        yield from exposed(path, text, inputs.recipients)
        is_older = path.startswith(FOLDER) and path not in files  # what never changes cannot be named anew
        if path.startswith("kubernetes/") and path.endswith(".yaml") and not path.endswith(NO_OBJECTS) and not is_older:
            component = next((step for step in reversed(path.split("/")[:-1]) if step in specs), "")
            yield from misnamed(path, text, specs.get(component), environments)
