# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tree is rendered from, and what has to be known before that."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.base import PATCHES, Own, base_files, base_folder
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeProblem
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import Release
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_platform import Component, Git
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.platform_facts import AUTHORITY
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules_platform import version_of


@dataclasses.dataclass(frozen=True)
class Inputs:
    """A matrix without errors, the catalogue, the files that are there (text by path in the repository), and those of authorities (by path in the matrix)."""

    loaded: Loaded
    catalogue: Catalogue
    tree: Mapping[str, str]
    authorities: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def git(self) -> Git:
        """The repository; a default stands in for none, and missing() says so."""
        return self.loaded.matrix.git or Git()

    @functools.cached_property
    def targets(self) -> list[Target]:
        """Environments in the order of promotion."""
        return [Target(self.loaded, key, self.authorities) for key in self.loaded.matrix.environments]

    @property
    def asked(self) -> dict[str, Component]:
        """Everything that the matrix names, components first."""
        return {**self.loaded.matrix.components, **self.loaded.matrix.applications}

    @property
    def without_version(self) -> list[str]:
        """What waits for its owner to say a version."""
        return [name for name, part in self.asked.items() if version_of(part, self.catalogue[name]) is None]

    @functools.cached_property
    def bases(self) -> dict[str, Release]:
        """What the matrix and the catalogue say now, as the releases that it makes, by component."""
        return dict(sorted((name, self._base(name, part)) for name, part in self.asked.items() if name not in self.without_version))

    @functools.cached_property
    def recipients(self) -> dict[str, list[str]]:
        """Age keys by environment: people's and the cluster's; an environment whose cluster has none yet is left out."""
        people = self.loaded.matrix.secrets.age_recipients or []
        return {key: sorted({*people, own}) for key, own in self.git.recipients.items() if own is not None}

    def missing(self) -> Iterator[TreeProblem]:
        """What only the owner can say and without which there is no tree."""
        if self.git.repository is None:
            yield TreeProblem(str(self.loaded.path.name), "git.repository is not known", "write the SSH address of the repository into the matrix")
        versioned = self.asked.keys() - set(self.without_version)
        if any(parameter.fact == AUTHORITY for name in versioned for parameter in self.catalogue[name].parameters):
            places = sorted({target.ca_file for target in self.targets if target.ca_file})
            yield from (self._authority_problem(path) for path in places if not self._is_public(path))

    def _is_public(self, path: str) -> bool:
        """Whether a file holds certificates, and nothing that must not stand in a repository."""
        text = self.authorities.get(path, "")
        return "-----BEGIN CERTIFICATE-----" in text and "PRIVATE KEY-----" not in text

    def _authority_problem(self, path: str) -> TreeProblem:
        reason = f"{path} holds no certificates, or a key beside them" if path in self.authorities else f"{path} cannot be read"
        return TreeProblem(str(self.loaded.path.name), f"backup.s3.ca_file: {reason}", "put the PEM file of the authority there, its certificates only")

    def _base(self, name: str, part: Component) -> Release:
        entry = self.catalogue[name]
        folder = base_folder(name, entry) + "/"
        patches = {path.removeprefix(folder): text for path, text in self.tree.items() if path.startswith(folder + PATCHES) and path.endswith(".yaml")}
        version = version_of(part, entry)
        return Release(name, base_files(self.catalogue, name, str(version), Own(part.values, patches, self.git.mirror)))
