# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From pydantic's errors to problems: unknown and missing keys, wrong types and values."""

from __future__ import annotations

import copy
from typing import Any, get_args, get_origin

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import ValidationError
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path, did_you_mean

# Sections whose entries stand for themselves: a faulty entry can be left out while the rest is checked.
ENTRIES = {"vcenters", "hypervisors", "networks", "sizes", "environments", "machines"}


def validate(data: Any) -> tuple[Matrix | None, list[tuple[str, Finding]]]:
    """The matrix, and what is wrong with its structure as (code, finding).

    With faults, the matrix is what is left without the faulty parts, so that the rules can report the rest in the
    same run; None when not even that can be built. Whoever gets findings must not use the matrix for anything else.
    """
    try:
        return Matrix.model_validate(data), []
    except ValidationError as error:
        findings = _findings(error, data)
    rest = copy.deepcopy(data)
    for _code, finding in sorted(findings, key=lambda found: [str(step) for step in found[1].path], reverse=True):
        _prune(rest, finding)
    try:
        return Matrix.model_validate(rest), findings
    except ValidationError:
        return None, findings


def _prune(data: Any, finding: Finding) -> None:
    """Remove the entry that a finding is in, or the value itself."""
    path = finding.path
    unknown_key = finding.at_key and not finding.remedy.startswith("add ")
    if len(path) >= 2 and path[0] in ENTRIES and not unknown_key:
        path = path[:2]
    for step in path[:-1]:
        data = data.get(step) if isinstance(data, dict) else data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None
    if isinstance(data, dict) and path:
        data.pop(path[-1], None)
    elif isinstance(data, list) and path and isinstance(path[-1], int) and path[-1] < len(data):
        del data[path[-1]]


def _findings(error: ValidationError, data: Any) -> list[tuple[str, Finding]]:
    """(code, finding) for each error, one per place."""
    found: dict[Path, tuple[str, Finding]] = {}
    for item in error.errors(include_url=False):
        path = _existing(item["loc"], data, item["type"] == "missing")
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
