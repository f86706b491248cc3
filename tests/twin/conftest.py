# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A twin of the eNeG development environment per module, whose tests stand in the order of its life."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.twin import Twin, raised


@pytest.fixture(scope="module")
def dev(request: pytest.FixtureRequest) -> t.Iterator[Twin]:
    """A fresh twin of inventories/dev: vCenters, networks, DNS, no VM yet."""
    with raised(request.path.stem.replace("_", "-"), "inventories/dev") as twin:
        yield twin


@pytest.fixture(scope="module")
def built(dev: Twin) -> Twin:
    """The same twin with its cluster, also when the tests that build it were not selected."""
    done = dev.playbook("site.yml")
    assert done.status == 0, done.tail
    return dev
