# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab builds one version of mariadb-operator, and says wherever that is not the one that the catalogue recommends."""

from __future__ import annotations

import re

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import effects
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue

from lab.twin.artefacts import LAB
from lab.twin.paths import CHECKOUT

MODULE = r"github\.com/mariadb-operator/mariadb-operator/v25 v(\S+)"


def built() -> set[str]:
    return {found for folder in ("mariadb", "crds") for found in re.findall(MODULE, (LAB / folder / "go.mod").read_text("utf-8"))}


def test_operator_and_kinds_are_of_one_version_and_the_table_is_of_it() -> None:
    assert len(built()) == 1
    (version,) = built()
    assert f"v{version}" in str(effects.__doc__)


def test_the_gap_to_the_recommended_release_is_named() -> None:
    entry = Catalogue()["mariadb-operator"]
    (version,) = built()
    for page in ("docs/guides/mariadb.md", "docs/twin.md", "docs/decisions/0019-mariadb-galera.md"):
        text = (CHECKOUT / page).read_text("utf-8")
        assert version in text, page
        assert str(entry.releases[str(entry.version)].app) in text, page
