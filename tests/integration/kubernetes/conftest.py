# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One API server for all tests here; each test takes a namespace of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.support.apiserver import Api, api_server

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api_server(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture
def namespace(api: Api) -> str:
    name = f"test-{next(NUMBERS)}"
    api.kube().apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "test")
    return name
