# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status as a table for a terminal, and as one HTML page that needs no server and no script. No I/O."""

from __future__ import annotations

import datetime
import html
from collections.abc import Iterable, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.status import Row

HEAD = ("environment", "component", "version", "release", "state", "since", "soak left", "what keeps it here")
UNITS = ((86400, "d"), (3600, "h"), (60, "min"))
STYLE = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}td,th{padding:.3rem .8rem;text-align:left;"
    "border-bottom:1px solid #ccc}.Healthy{color:#175c2c}.Degraded,.Missing{color:#a11}"
)


def length(seconds: int | None) -> str:
    """In the largest unit that leaves a number."""
    if seconds is None:
        return ""
    return next((f"{seconds // size} {unit}" for size, unit in UNITS if seconds >= size), f"{seconds} s")


def text(rows: Iterable[Row]) -> list[str]:
    """Columns as wide as they have to be, the last one as long as it is."""
    table = [HEAD, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEAD) - 1)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]).rstrip() for line in table]


def page(rows: Sequence[Row], site: str, now: datetime.datetime) -> str:
    """The whole page."""
    head = "".join(f"<th>{name}</th>" for name in HEAD)
    body = "".join(f'<tr class="{html.escape(row.health)}">{"".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(row))}</tr>\n' for row in rows)
    title = f"Promotion of {html.escape(site)}"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>\n'
        f"<body><h1>{title}</h1><p>As of {now:%Y-%m-%d %H:%M:%S} UTC.</p>\n<table><tr>{head}</tr>\n{body}</table></body></html>\n"
    )


def _cells(row: Row) -> tuple[str, ...]:
    why = "; ".join(row.blockers) if row.goes_to and row.blockers else f"nothing: promote to {row.goes_to}" if row.goes_to else ""
    return (row.environment, row.component, row.version, row.release, row.health, length(row.age), length(row.soak_left), why)
