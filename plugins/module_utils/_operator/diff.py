# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that differ between two objects (pure). Members of a list that have names are compared by name, so an order says nothing."""

from __future__ import annotations

import typing as t


def differences(before: t.Any, after: t.Any, path: str = "") -> t.Iterator[tuple[str, t.Any, t.Any]]:
    """(path, before, after) of every leaf that differs; None stands for a missing value, and an empty mapping for a missing one."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}, key=str):
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
        return
    if (before is None and isinstance(after, dict)) or (isinstance(before, dict) and after is None):
        yield from differences(before or {}, after or {}, path)
        return
    left, right = _by_name(before), _by_name(after)
    if left is not None and right is not None:
        for name in sorted({*left, *right}):
            yield from differences(left.get(name), right.get(name), f"{path}[{name}]")
        return
    if before != after:
        yield path, before, after


def _by_name(value: t.Any) -> dict[str, t.Any] | None:
    """Members by name; None for what is no list of named members. Nothing at all is a list without members."""
    if value is None:
        return {}
    if not isinstance(value, list) or not value:
        return {} if value == [] else None
    names = [item.get("name") if isinstance(item, dict) else None for item in value]
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        return None
    return {str(name): item for name, item in zip(names, value)}


def overlaid(base: t.Any, own: t.Any) -> t.Any:
    """``own`` over ``base``: mappings are merged, everything else is replaced."""
    if not isinstance(base, dict) or not isinstance(own, dict):
        return own
    return {**base, **{key: overlaid(base.get(key), value) for key, value in own.items()}}
