# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can read encrypted files, and who should: what has to be encrypted anew when a key is rotated. No I/O."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.secrets import ENVIRONMENT
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import load_all
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import as_mapping


@dataclasses.dataclass(frozen=True)
class Rotation:
    """One file that others have to read than can. It gets a new data key, too: who could read it once may have kept the old one."""

    path: str
    add: tuple[str, ...]
    remove: tuple[str, ...]

    def arguments(self) -> list[str]:
        """For sops."""
        sides = (("--add-age", self.add), ("--rm-age", self.remove))
        return ["rotate", "--in-place", *(part for flag, keys in sides if keys for part in (flag, ",".join(keys)))]


def rotations(tree: Mapping[str, str], recipients: Mapping[str, Collection[str]]) -> list[Rotation]:
    """Files of a tree, by environment; one of an environment whose cluster has no key yet is left alone."""
    found = ((path, ENVIRONMENT.match(path), readers(text)) for path, text in sorted(tree.items()) if path.endswith(".yaml"))
    wanted = ((path, given, recipients.get(match[1])) for path, match, given in found if match and given)
    return [rotation for path, given, keys in wanted if keys for rotation in rotated(path, given, keys)]


def rotated(path: str, given: Collection[str], wanted: Collection[str]) -> Iterator[Rotation]:
    """The rotation of one file, if it needs one."""
    add, remove = tuple(sorted(set(wanted) - set(given))), tuple(sorted(set(given) - set(wanted)))
    if add or remove:
        yield Rotation(path, add, remove)


def readers(text: str) -> set[str]:
    """Age recipients of a file that sops has encrypted; empty for any other."""
    try:
        documents = load_all(text)
    except yaml.YAMLError:
        return set()
    found: set[str] = set()
    for document in documents:
        age: Any = as_mapping(as_mapping(document).get("sops")).get("age")
        found |= {str(as_mapping(entry).get("recipient")) for entry in (age if isinstance(age, list) else [])}
    return found
