# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A twin of the eNeG development environment per module, whose tests stand in the order of its life; never two at a time."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.twin import Twin


@pytest.fixture(scope="module")
def dev() -> t.Iterator[Twin]:
    """A fresh twin of inventories/dev: vCenters, networks, DNS, no VM yet."""
    twin = Twin("test-dev")
    twin.down()
    twin.up("inventories/dev")
    yield twin
    twin.down()


@pytest.fixture(scope="module")
def built(dev: Twin) -> Twin:
    """The same twin with its cluster, also when the tests that build it were not selected."""
    done = dev.playbook("site.yml")
    assert done.status == 0, done.tail
    return dev
