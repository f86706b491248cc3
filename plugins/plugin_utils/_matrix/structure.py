# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From pydantic's errors to problems: unknown and missing keys, wrong types and values."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from pydantic import ValidationError

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path, did_you_mean


def structure_findings(error: ValidationError, data: Any) -> list[tuple[str, Finding]]:
    """(code, finding) for each error, one per place."""
    found: dict[Path, tuple[str, Finding]] = {}
    for item in error.errors(include_url=False):
        path = _existing(item["loc"], data, item["type"] in ("missing",))
        found.setdefault(path, _finding(item, path))
    return list(found.values())


def _finding(item: Any, path: Path) -> tuple[str, Finding]:
    name = path[-1] if path else "the file"
    if item["type"] == "extra_forbidden":
        remedy = did_you_mean(name, known_keys(path[:-1]), "keys that are known here")
        return "GW004", Finding(path, f"unknown key {name!r}", remedy, at_key=True)
    if item["type"] == "missing":
        return "GW005", Finding(path[:-1], f"{name!r} is missing{_inside(path[:-1])}", f"add {name}: …", at_key=True)
    if item["type"] == "literal_error":
        allowed = item["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return "GW006", Finding(path, f"{name}: {item['input']!r} is not one of the values that are known", did_you_mean(item["input"], allowed, "use one of"))
    reason = item["msg"].removeprefix("Value error, ")
    given = "" if item["type"] == "value_error" else f", not {_short(item['input'])}"
    return "GW006", Finding(path, f"{name}: {reason[0].lower() + reason[1:]}{given}", "see docs/reference/matrix.md for what may stand here")


def _short(value: Any) -> str:
    kind = {dict: "a mapping", list: "a list", type(None): "null"}.get(type(value))
    return kind or repr(value)[:60]


def _inside(path: Path) -> str:
    return f" in {'.'.join(str(step) for step in path)}" if path else ""


def _existing(location: tuple[int | str, ...], data: Any, missing: bool) -> Path:
    """The part of pydantic's location that is in the data; union branches and the like are dropped."""
    path: list[int | str] = []
    for index, step in enumerate(location):
        is_last = index == len(location) - 1
        if isinstance(data, dict) and (step in data or (missing and is_last)):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step]
        else:
            continue
        path.append(step)
    return tuple(path)


def known_keys(path: Path) -> list[str]:
    """Keys that the model allows at a path."""
    kind: Any = Matrix
    for step in path:
        if isinstance(kind, type) and issubclass(kind, Part):
            field = kind.model_fields.get(str(step))
            kind = _part_of(field.annotation) if field else None
        elif get_origin(kind) in (dict, list):
            kind = _part_of(get_args(kind)[-1])
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, Part) else []


def _part_of(annotation: Any) -> Any:
    """The Part, dict or list inside Optional and Annotated."""
    for inner in (annotation, *get_args(annotation)):
        if (isinstance(inner, type) and get_origin(inner) is None and issubclass(inner, Part)) or get_origin(inner) in (dict, list):
            return inner
    return annotation
