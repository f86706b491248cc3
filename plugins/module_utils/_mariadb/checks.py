# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to a restored database, as SQL that fails by itself (pure): the job that asks needs no way to answer."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Problem


@dataclass(frozen=True)
class Check:
    """A query with one value, and what that has to be."""

    database: str
    sql: str
    expect: str | None = None
    minimum: int | None = None


def faults(checks: t.Iterable[Check]) -> t.Iterator[Problem]:
    """What a question must not be."""
    for number, check in enumerate(checks):
        place = f"checks[{number}]"
        if check.expect is None and check.minimum is None:
            yield Problem(place, "nobody says what the answer has to be", "set expect or minimum")
        if ";" in check.sql.strip().rstrip(";"):
            yield Problem(f"{place}.sql", "there is more than one statement", "ask one question that has one value")


def script(check: Check) -> str:
    """SQL for MariaDB's client."""
    query = check.sql.strip().rstrip(";")
    if check.minimum is not None:
        wrong, wanted = f"found + 0 < {check.minimum}", f"at least {check.minimum}"
    else:
        wrong, wanted = f"found <> {quoted(str(check.expect))}", str(check.expect)
    said = f"CONCAT({quoted(f'wanted {wanted[:40]}, found ')}, COALESCE(LEFT(found, 40), 'nothing'))"
    return "\n".join(
        (
            "DELIMITER //",
            "BEGIN NOT ATOMIC",
            "  DECLARE found LONGTEXT;",
            f"  SET found = ({query});",
            f"  IF found IS NULL OR {wrong} THEN",
            f"    SET @said = {said};",
            "    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = @said;",
            "  END IF;",
            "END//",
            "DELIMITER ;",
            "",
        )
    )


def quoted(text: str) -> str:
    """A text as SQL."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
