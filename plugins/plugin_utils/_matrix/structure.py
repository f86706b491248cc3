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
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules_secrets import looks_secret

# Pydantic's most frequent errors in plain words: (reason, remedy).
PLAIN = {
    "int_type": ("must be a whole number", "write it without quotes and without a unit"),
    "int_from_float": ("must be a whole number", "round it"),
    "float_type": ("must be a number", "write it without quotes"),
    "bool_type": ("must be true or false", "write it without quotes"),
    "string_type": ("must be a text", "put it into quotes"),
    "list_type": ("must be a list", "put it into brackets: [...]"),
    "dict_type": ("must be a mapping", "write keys and values"),
    "model_type": ("must be a mapping", "write keys and values"),
    "too_short": ("must not be empty", "name at least one"),
}
# Sections whose entries stand for themselves: a faulty entry can be left out while the rest is checked.
ENTRIES = {"vcenters", "hypervisors", "networks", "sizes", "environments", "machines", "components", "applications"}


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
        # A value of several possible kinds has several errors: the one that looked into the value says most.
        if path not in found or item["type"] == "value_error":
            found[path] = _finding(item, path)
    return list(found.values())


def _finding(item: Any, path: Path) -> tuple[str, Finding]:
    kind, name = item["type"], _name(path)
    if kind == "extra_forbidden":
        remedy = did_you_mean(path[-1], known_keys(path[:-1]), "keys that are known here")
        return "GW004", Finding(path, f"unknown key {path[-1]!r}", remedy, at_key=True)
    if isinstance(item["input"], str) and looks_secret(item["input"]):
        return "GW006", Finding(path, f"{name}: what stands here looks like a secret and is not of the right kind", "see GW601 for the same place")
    if kind == "missing":
        return "GW005", Finding(path[:-1], f"{path[-1]!r} is missing{_inside(path[:-1])}", f"add {path[-1]}: …", at_key=True)
    if kind == "literal_error":
        allowed = item["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return "GW006", Finding(
            path, f"{name}: {_short(item['input'])} is not one of the values that are known", did_you_mean(item["input"], allowed, "use one of")
        )
    if kind == "value_error":
        return "GW006", Finding(path, f"{name}: {item['msg'].removeprefix('Value error, ')}", "correct it; docs/reference/matrix.md says what may stand here")
    reason, remedy = PLAIN.get(kind, (item["msg"][0].lower() + item["msg"][1:], "docs/reference/matrix.md says what may stand here"))
    given = "" if kind == "too_short" else f", not {_short(item['input'])}"
    return "GW006", Finding(path, f"{name}: {reason}{given}", remedy)


def _name(path: Path) -> str:
    """The last key of a path, with the number of a list's item behind it."""
    if not path:
        return "the file"
    return f"{path[-2]}[{path[-1]}]" if len(path) > 1 and isinstance(path[-1], int) else str(path[-1])


def _short(value: Any) -> str:
    plain = {dict: "a mapping", list: "a list" if value else "an empty list", type(None): "null"}.get(type(value))
    return plain or repr(value)[:60]


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
