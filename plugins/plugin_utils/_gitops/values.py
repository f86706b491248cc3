# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm values: laying one mapping over another, and putting facts in their places."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def overlay(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``base`` as Helm does it: mappings are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in own.items():
        below = merged.get(key)
        merged[key] = overlay(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def placed(base: Mapping[str, Any], places: Iterable[tuple[Sequence[str | int], Any]]) -> dict[str, Any]:
    """What has to be laid over ``base`` so that each value is at its place.

    Helm replaces lists as a whole, so one that a place leads into is taken over from ``base``. Raises KeyError or IndexError for
    a place that is not there.
    """
    result: dict[str, Any] = {}
    for at, value in places:
        below: Any = base
        here: Any = result
        for step, following in itertools.pairwise(at):
            if isinstance(step, int):
                below, here = below[step], here[step]
                continue
            below = below.get(step, [] if isinstance(following, int) else {})
            here = here.setdefault(step, copy.deepcopy(below) if isinstance(following, int) else {})
        here[at[-1]] = value
    return result
