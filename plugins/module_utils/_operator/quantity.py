# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes quantities as numbers (pure): 1Gi, 1024Mi and 1073741824 are the same size."""

from __future__ import annotations

import re
import typing as t
from decimal import Decimal

UNITS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
QUANTITY = re.compile(r"([+-]?[0-9]+(?:\.[0-9]*)?|[+-]?\.[0-9]+)(?:([eE][+-]?[0-9]+)|([A-Za-z]{0,2}))")


def quantity(value: t.Any) -> Decimal:
    """The number of base units; raises ValueError."""
    found = QUANTITY.fullmatch(str(value).strip())
    if found is None or (found[3] or "") not in {*UNITS, *BINARY}:
        raise ValueError(f"{value!r} is no quantity such as 20Gi")
    number, unit = Decimal(found[1]), found[3] or ""
    if found[2]:
        return number.scaleb(int(found[2][1:]))
    return number * Decimal(1024) ** BINARY[unit] if unit in BINARY else number.scaleb(UNITS[unit])


def smaller(one: t.Any, other: t.Any) -> bool:
    """Whether both are quantities and the first is less."""
    try:
        return quantity(one) < quantity(other)
    except ValueError:
        return False


def same(one: t.Any, other: t.Any) -> bool:
    """Whether both are equal, as numbers if they are quantities."""
    try:
        return bool(one == other) or quantity(one) == quantity(other)
    except ValueError:
        return False
