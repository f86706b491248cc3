# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Twins under test: three bare hosts, and a site whose vCenters have no VM yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.twin import artefacts
from tests.support.watched import WatchedTwin


@pytest.fixture(scope="module")
def hosts() -> Iterator[WatchedTwin]:
    """Two bare hosts, node-1 and node-2, booted and reachable."""
    artefacts.build("guest")
    twin = WatchedTwin("test-bare")
    twin.down()
    twin.up("--bare", "2", "--memory", "1024")
    twin.wait_for("node-1", "node-2")
    yield twin
    twin.down()


@pytest.fixture(scope="module")
def site() -> Iterator[WatchedTwin]:
    """The twin of inventories/dev, without K3s in its mirror."""
    twin = WatchedTwin("test-site")
    twin.down()
    twin.up("inventories/dev", "--no-k3s")
    yield twin
    twin.down()
