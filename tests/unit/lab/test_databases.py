# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions that the lab builds are those that the catalogue recommends."""

from __future__ import annotations

import re

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue

from lab.twin.artefacts import LAB

MODULES = {"cloudnative-pg": "github.com/cloudnative-pg/cloudnative-pg", "plugin-barman-cloud": "github.com/cloudnative-pg/plugin-barman-cloud"}
FOLDERS = {"cloudnative-pg": ("cnpg", "crds"), "plugin-barman-cloud": ("cnpg/barman", "crds")}


@pytest.mark.parametrize("component", sorted(MODULES))
def test_modules(component: str) -> None:
    """In every go.mod that names them."""
    entry = Catalogue()[component]
    program = entry.releases[str(entry.version)].app
    for folder in FOLDERS[component]:
        text = (LAB / folder / "go.mod").read_text("utf-8")
        found = re.search(rf"{re.escape(MODULES[component])} v(\S+)", text)
        assert found is not None
        assert found[1] == str(program).removeprefix("v")


def test_the_operators_image_is_tagged_with_its_version() -> None:
    """Its manifest asks for this one."""
    entry = Catalogue()["cloudnative-pg"]
    program = entry.releases[str(entry.version)].app
    assert f"\noperator={program}\n" in (LAB / "cnpg" / "build").read_text("utf-8")
