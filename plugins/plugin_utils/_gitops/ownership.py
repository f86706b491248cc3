# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who owns a file of the tree: what we write begins with a line that says so, with a checksum of everything below it."""

from __future__ import annotations

import difflib
import hashlib
import re

MARK = "written by groundwork.platform from the matrix; edits are refused, see kubernetes/README.md"
OWNERS = re.compile(r"/(patches|secrets)/")
STAMP = re.compile(rf"(?:# |<!-- ){re.escape(MARK)}; sha256:([0-9a-f]{{64}})(?: -->)?\n")


def stamp(path: str, body: str) -> str:
    """The text of a file of ours."""
    line = f"{MARK}; sha256:{_checksum(body)}"
    return f"<!-- {line} -->\n{body}" if path.endswith(".md") else f"# {line}\n{body}"


def is_ours(path: str, text: str) -> bool:
    """Whether we wrote the first line; the owner's folders hold the owner's files, also copies of ours."""
    return STAMP.match(text) is not None and not OWNERS.search(path)


def is_edited(path: str, text: str) -> bool:
    """Whether somebody changed a file of ours."""
    found = STAMP.match(text)
    return found is not None and is_ours(path, text) and _checksum(text[found.end() :]) != found[1]


def patch(path: str, ours: str, theirs: str) -> str:
    """What somebody changed, as a patch that git apply takes."""
    lines = difflib.unified_diff(_body(ours), _body(theirs), f"a/{path}", f"b/{path}")
    return "".join(lines)


def _body(text: str) -> list[str]:
    found = STAMP.match(text)
    return text[found.end() if found else 0 :].splitlines(keepends=True)


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
