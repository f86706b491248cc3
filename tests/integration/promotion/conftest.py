# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The company is founded once and copied for each test: its keys, its server and its clones are files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.promotion.company import Company, found, moved


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    found(folder)
    return folder


@pytest.fixture
def company(template: Path, tmp_path: Path) -> Company:
    moved(template, tmp_path)
    return Company(tmp_path)
