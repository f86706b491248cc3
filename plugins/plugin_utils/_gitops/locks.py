# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release runs in which environment after rendering: the first follows the base, the others wait for promotion."""

from __future__ import annotations

from collections.abc import Mapping

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.environment import environment_folder
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path, read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.ownership import is_ours
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeProblem
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import SPEC, Release, releases_in
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import ValidationError

GIT_BACK = "restore it from Git"


class Locks:
    """Releases by environment, in the order of promotion; ``problems`` instead of those that cannot be used."""

    def __init__(self, inputs: Inputs) -> None:
        self.problems: list[TreeProblem] = []
        self._stored = self._releases(inputs)
        self.by_environment: dict[str, list[Release]] = {}
        before = list(inputs.bases.values())
        for index, target in enumerate(inputs.targets):
            kept = before if index == 0 else self._kept(inputs.tree, target, before)
            before = sorted(kept, key=lambda release: release.component)
            self.by_environment[target.key] = [release for release in before if release.spec.cni in (None, target.cni)]
            self._check(target)

    def waiting(self, environment: str) -> list[str]:
        """Components of which the environment before runs another release, or that it alone has."""
        keys = list(self.by_environment)
        index = keys.index(environment)
        if index == 0:
            return []
        now = {release.component: release.hash for release in self.by_environment[environment]}
        ahead = {release.component: release.hash for release in self.by_environment[keys[index - 1]]}
        return sorted(name for name in now.keys() | ahead.keys() if now.get(name) != ahead.get(name))

    def _releases(self, inputs: Inputs) -> dict[tuple[str, str], Release]:
        """Every release of the tree under its own name; one that differs from its name is a problem unless we are about to complete it."""
        found: dict[tuple[str, str], Release] = {}
        for (component, name), files in releases_in(inputs.tree).items():
            release = Release(component, files)
            base = inputs.bases.get(component)
            if release.hash == name:
                found[component, name] = release
            elif not (base and base.hash == name and files.items() <= base.files.items()):
                message = f"release {name} of {component} is not what its name says: a release never changes"
                self.problems.append(TreeProblem(release.folder.rpartition("/")[0] + f"/{name}", message, f"{GIT_BACK}; change base and promote"))
        return found | {(base.component, base.hash): base for base in inputs.bases.values()}

    def _kept(self, tree: Mapping[str, str], target: Target, before: list[Release]) -> list[Release]:
        """What the lock says; for an environment that has never been rendered, what the one before it has."""
        path = lock_path(target.key)
        if path not in tree:
            folder = environment_folder(target.key) + "/"
            if any(file.startswith(folder) and is_ours(file, text) for file, text in tree.items()):
                self.problems.append(TreeProblem(path, f"the lock file of {target.key} is gone, so nobody knows what runs there", GIT_BACK))
            return before
        try:
            locked = read_lock(tree[path]).components
        except (ValidationError, yaml.YAMLError):
            self.problems.append(TreeProblem(path, "is no lock file", GIT_BACK))
            return []
        for name, entry in locked.items():
            if (name, entry.release) not in self._stored:
                self.problems.append(TreeProblem(path, f"release {entry.release} of {name} is not in the tree", GIT_BACK))
        found = [self._stored[name, entry.release] for name, entry in locked.items() if (name, entry.release) in self._stored]
        return [release for release in found if self._is_readable(release)]

    def _is_readable(self, release: Release) -> bool:
        try:
            return bool(release.spec)
        except ValidationError:
            message = f"release {release.hash} of {release.component} was made by another version of this collection, which says more"
            self.problems.append(TreeProblem(f"{release.folder}/{SPEC}", message, "use that version, or a later one"))
            return False

    def _check(self, target: Target) -> None:
        """What is promoted later must still fit the Kubernetes and the facts of today."""
        for release in self.by_environment[target.key]:
            spec = release.spec
            if not spec.kubernetes.fits(target.kubernetes):
                message = f"{spec.component} {spec.version} is made for Kubernetes {spec.kubernetes}; {target.key} has {target.kubernetes}"
                self.problems.append(TreeProblem(lock_path(target.key), message, "promote a release that fits first"))
            for fact in sorted({parameter.fact for parameter in spec.parameters if not parameter.optional} - target.facts(spec.component).keys()):
                message = f"{spec.component} needs {fact} in {target.key}, which the matrix does not say"
                self.problems.append(TreeProblem(lock_path(target.key), message, "add it to the matrix"))
