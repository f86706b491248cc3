# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB's versions in the names of images (pure): which changes of them a running cluster survives."""

from __future__ import annotations

import re
import typing as t

#: The tag of an image such as mariadb:11.8.3 or mariadb:11.8.3-noble@sha256:…
TAG = re.compile(r":(?P<version>[0-9]+\.[0-9]+(?:\.[0-9]+)?)(?:[-+][^:/@]*)?(?:@sha256:[0-9a-f]{64})?$")
EXACT = re.compile(r":[0-9]+\.[0-9]+\.[0-9]+[^:/@]*(@sha256:[0-9a-f]{64})?$|@sha256:[0-9a-f]{64}$")
#: Series with long-term support, in order. A rolling upgrade of a Galera cluster goes from one to the next.
SERIES = ((10, 6), (10, 11), (11, 4), (11, 8), (12, 3))


def version_of(image: t.Any) -> tuple[int, ...] | None:
    """The version in the tag of an image, None where its name does not say it."""
    found = TAG.search(str(image or ""))
    return tuple(int(part) for part in found["version"].split(".")) if found else None


def is_exact(image: t.Any) -> bool:
    """Whether a name stands for one image for ever: three numbers, or a digest."""
    return bool(EXACT.search(str(image or "")))


def step_problem(old: t.Any, new: t.Any) -> str:
    """Why a cluster cannot go from one image to another, empty if it can. Members of both run side by side meanwhile."""
    before, after = version_of(old), version_of(new)
    if before is None or after is None or before == after:
        return ""
    names = ".".join(map(str, before)), ".".join(map(str, after))
    if after < before:
        return f"MariaDB {names[0]} does not become {names[1]}: system tables are upgraded one way only"
    if before[:2] == after[:2]:
        return ""
    between = [series for series in SERIES if before[:2] < series < after[:2]]
    if between:
        return f"from MariaDB {names[0]} to {names[1]} members of both would not understand each other: go to {between[0][0]}.{between[0][1]} first"
    return ""


def series_note(old: t.Any, new: t.Any) -> str:
    """What is left to do after a change of the series, empty if it stays."""
    before, after = version_of(old), version_of(new)
    if before is None or after is None or before[:2] == after[:2]:
        return ""
    return "the operator does not upgrade system tables: run mariadb-upgrade in each member once all of them run the new series"
