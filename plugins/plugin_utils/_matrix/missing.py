# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that only the owner can supply and has not supplied yet."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, get_args

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Owner


@dataclasses.dataclass(frozen=True)
class Missing:
    """A null owner input: its dotted path, the first phase that needs it, and what it is."""

    path: str
    phase: str
    what: str


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
