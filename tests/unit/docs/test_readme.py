# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README says what is in the collection: nothing is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.twin import CHECKOUT

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
MODULES = sorted((CHECKOUT / "plugins" / "modules").glob("*.py"))
PLAYBOOKS = sorted((CHECKOUT / "playbooks").glob("*.yml"))
ROLES = sorted(path.parent for path in (CHECKOUT / "roles").glob("*/meta"))


@pytest.mark.parametrize("file", [*MODULES, *PLAYBOOKS, *ROLES], ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_it_is_named(file: Path) -> None:
    assert f"`{file.stem}`" in README or f"`groundwork.platform.{file.stem}`" in README
