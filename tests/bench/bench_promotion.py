# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Promotion.

promote.yml as people run it, over real Git with signatures; clusters and Argo CD are doubles that follow a commit at once, so that what is
measured is the promotion itself. Soak and stable time are 10 s. The same with three real clusters: tests/twin/test_promotion.py.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.model import Figure, seconds
from tests.integration.promotion.site import Site, running


def measure() -> list[Figure]:
    """One change from dev to prod, and promotions that have nothing to do."""
    with tempfile.TemporaryDirectory() as name, running(Site(Path(name), soak="10s", stable="10s")) as site:
        nothing = seconds(lambda: played(site, "test", "test has what dev has"))
        travelled = seconds(lambda: travel(site))
        plan = seconds(lambda: played(site, "prod", "prod has what test has", "--check"))
    return [
        Figure("promotion of nothing", nothing, "s", 10),
        Figure("dry run of nothing", plan, "s", 10),
        Figure("one change through three environments, clusters by doubles", travelled, "s", 240),
    ]


def travel(site: Site) -> None:
    """A new release in dev, then test, then prod."""
    site.improve()
    for environment, number in (("test", "test-1"), ("prod", "prod-1")):
        site.soaked()
        played(site, environment, f"{number}: live")


def played(site: Site, environment: str, wanted: str, *arguments: str) -> None:
    """One run, which must say what is wanted."""
    code, said = site.play("promote", *arguments, environment=environment)
    if code or wanted not in said:
        raise RuntimeError(said)
