# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Overlays: named deviations from a matrix, for rehearsals. Applied to the data before it is checked."""

from __future__ import annotations

import dataclasses
import ipaddress
import pathlib
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems, Path, Problem
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.source import Source, read_source

KEYS = {"path", "value", "only_if_null", "if_present", "why"}
NUMBERED = re.compile(r"\{address\.(\d+)\}")


@dataclasses.dataclass(frozen=True)
class Deviation:
    """One value that an overlay changed."""

    path: str
    before: Any
    after: Any
    why: str


@dataclasses.dataclass(frozen=True)
class _Entry:
    path: tuple[str, ...]
    value: Any
    only_if_null: bool
    if_present: bool
    why: str


def apply_overlays(data: Any, overlays: tuple[pathlib.Path, ...]) -> tuple[list[Deviation], dict[Path, tuple[Source, int]]]:
    """Change ``data`` in place; return what was changed, and for each changed path the overlay and entry it came from.

    Raises MatrixProblems (GW010) for an overlay that is malformed or whose path is not in the matrix.
    """
    deviations: list[Deviation] = []
    origins: dict[Path, tuple[Source, int]] = {}
    problems: list[Problem] = []
    for file in overlays:
        source = read_source(file)
        for index, entry in enumerate(_entries(source, problems)):
            targets = list(_targets(data, entry.path))
            if not targets and not entry.if_present:
                message = f"nothing in the matrix is at {'.'.join(entry.path)!r}"
                problems.append(source.problem("GW010", (index, "path"), message, "correct the path; * stands for every key"))
            for path, parent, key in targets:
                before = parent.get(key) if isinstance(parent, dict) else parent[key]
                if entry.only_if_null and before is not None:
                    continue
                after = _fill(entry.value, _matched(entry.path, path), data)
                if after == before:
                    continue
                parent[key] = after
                origins[path] = (source, index)
                deviations.append(Deviation(".".join(str(step) for step in path), before, after, entry.why))
    if problems:
        raise MatrixProblems(problems)
    return deviations, origins


def _entries(source: Source, problems: list[Problem]) -> Iterator[_Entry]:
    if not isinstance(source.data, list):
        problems.append(source.problem("GW010", (), "an overlay is a list of entries", "write entries of path, value and why"))
        return
    for index, raw in enumerate(source.data):
        good = isinstance(raw, dict) and set(raw) <= KEYS and isinstance(raw.get("path"), str) and isinstance(raw.get("why"), str) and "value" in raw
        if not good:
            problems.append(
                source.problem("GW010", (index,), "an overlay entry needs path, value and why", "only_if_null and if_present are the only other keys")
            )
            continue
        yield _Entry(tuple(raw["path"].split(".")), raw["value"], bool(raw.get("only_if_null")), bool(raw.get("if_present")), raw["why"])


def _targets(data: Any, steps: tuple[str, ...], done: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Every place a dotted path points at. The last key may be new; everything above it must exist."""
    step, rest = steps[0], steps[1:]
    if isinstance(data, list):
        keys: list[Any] = list(range(len(data))) if step == "*" else [int(step)] if step.isdigit() and int(step) < len(data) else []
    elif isinstance(data, dict):
        keys = list(data) if step == "*" else [step] if step in data or not rest else []
    else:
        keys = []
    for key in keys:
        if rest:
            yield from _targets(data[key], rest, (*done, key))
        else:
            yield (*done, key), data, key


def _matched(pattern: tuple[str, ...], path: Path) -> str:
    """The key that the last * of the pattern stood for."""
    return next((str(step) for wanted, step in zip(reversed(pattern), reversed(path), strict=True) if wanted == "*"), "")


def _fill(value: Any, key: str, data: Any) -> Any:
    """Replace {key}, {site.<field>} and {address.<number>} in every string of a value."""
    if isinstance(value, str):
        value = NUMBERED.sub(lambda found: _address(data, key, int(found[1])) or found[0], value.replace("{key}", key))
        for field, known in (data.get("site") or {}).items():
            value = value.replace(f"{{site.{field}}}", str(known))
        return value
    if isinstance(value, list):
        return [_fill(item, key, data) for item in value]
    if isinstance(value, dict):
        return {name: _fill(item, key, data) for name, item in value.items()}
    return value


def _address(data: Any, environment: str, number: int) -> str | None:
    """The address with this number in the environment's network; None where the matrix, not checked yet, has no such thing."""
    try:
        return str(ipaddress.IPv4Network(data["networks"][data["environments"][environment]["network"]]["cidr"])[number])
    except (KeyError, TypeError, ValueError, IndexError):
        return None
