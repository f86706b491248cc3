# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated pages are fresh, and the schema says the same as the model."""

from __future__ import annotations

import pathlib
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.reference import pages, schema

from tests.unit.plugins.plugin_utils._matrix.fixtures import ROOT

CHECKOUT = pathlib.Path(__file__).parents[5]


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_pages_are_fresh(name: str) -> None:
    assert (CHECKOUT / "docs" / "reference" / name).read_text("utf-8") == pages()[name], "run: make reference"


@pytest.mark.parametrize("path", [CHECKOUT / "inventories" / "matrix.yml", ROOT / "base.yml"])
def test_the_schema_accepts_good_matrices(path: pathlib.Path) -> None:
    data: Any = yaml.safe_load(path.read_text("utf-8"))
    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(data)) == []


@pytest.mark.parametrize(("section", "key", "value"), [("site", "tmezone", "x"), ("k3s", "cni", "weave"), ("placement", "hosts", "ESX1")])
def test_the_schema_refuses_bad_ones(section: str, key: str, value: str) -> None:
    data: Any = yaml.safe_load((ROOT / "base.yml").read_text("utf-8"))
    data[section][key] = value
    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(data))
