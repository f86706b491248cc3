# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that only the owner can supply and has not supplied yet."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, get_args

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.lock import Lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Owner


@dataclasses.dataclass(frozen=True)
class Missing:
    """A null owner input: its dotted path, the first phase that needs it, and what it is."""

    path: str
    phase: str
    what: str
    environments: tuple[str, ...] | None = None

    def needed_by(self, environment: str) -> bool:
        """Whether an environment cannot be built without it."""
        return self.environments is None or environment in self.environments


def missing_of(matrix: Matrix, lock: Lock) -> tuple[Missing, ...]:
    """Everything that is missing, in file order, each with the environments that need it."""
    found = [dataclasses.replace(item, environments=_environments(matrix, item.path)) for item in missing_inputs(matrix)]
    return (*found, *_missing_checksums(matrix, lock))


def _environments(matrix: Matrix, path: str) -> tuple[str, ...] | None:
    """Environments that need the value at a path; None = all of them."""
    steps = path.split(".")
    if steps[0] == "environments":
        return (steps[1],)
    if steps[:2] == ["git", "recipients"]:
        return (steps[2],)
    if steps[0] == "vcenters" and steps[2] == "port_groups" and all(machine.network != steps[3] for machine in matrix.machines.values()):
        return tuple(key for key, environment in matrix.environments.items() if environment.network == steps[3])
    return None


def _missing_checksums(matrix: Matrix, lock: Lock) -> Iterator[Missing]:
    """Checksums that are null in the lock file. A cluster that is adopted is not installed and needs none."""
    users: dict[str, list[str]] = {}
    for key, environment in matrix.environments.items():
        version = matrix.k3s.overlaid(environment.k3s).version
        if version and not environment.adopt:
            users.setdefault(version, []).append(key)
    for version, environments in users.items():
        for name in lock.unknown(version):
            yield Missing(f"{matrix.artifacts.lock}: {name}", "2", "SHA-256 from the release's checksum file", tuple(environments))


def missing_inputs(part: Part, path: str = "") -> Iterator[Missing]:
    """Walk a validated part in file order; ``null`` in a field marked with Owner is a missing input."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        here = f"{path}.{name}" if path else name
        owner = next((item for item in field.metadata if isinstance(item, Owner)), None)
        if value is None and owner:
            yield Missing(here, owner.phase, owner.what)
        elif isinstance(value, Part):
            yield from missing_inputs(value, here)
        elif isinstance(value, dict):
            yield from _in_mapping(value, here, _owner_of_values(field.annotation))


def _in_mapping(values: dict[str, Any], path: str, owner: Owner | None) -> Iterator[Missing]:
    for key, value in values.items():
        if isinstance(value, Part):
            yield from missing_inputs(value, f"{path}.{key}")
        elif value is None and owner:
            yield Missing(f"{path}.{key}", owner.phase, owner.what)


def _owner_of_values(annotation: Any) -> Owner | None:
    """The Owner mark on the values of ``dict[str, Annotated[...]]``."""
    arguments = get_args(annotation)
    marks = get_args(arguments[1]) if len(arguments) == 2 else ()
    return next((mark for mark in marks if isinstance(mark, Owner)), None)
