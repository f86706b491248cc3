# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The company is founded once and copied for each test: its keys, its server and its clones are files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.promotion.company import Company


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)
