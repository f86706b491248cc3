# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Promotion in the twin.

Three single-server clusters with real Argo CDs and one Git server; soak and stable time are 10 s. The clusters are built before anything is measured.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from lab.twin.artefacts import ON_DEMAND
from tests.bench.model import Figure, seconds
from tests.support.promotion import ONLY, Estate, Inventories, noted
from tests.support.twin import CHECKOUT, LAB, raised


def measure() -> list[Figure]:
    """One change from its commit to production, and a promotion of nothing."""
    subprocess.run([LAB, "build", *sorted(ON_DEMAND)], check=True, capture_output=True, cwd=CHECKOUT)
    with tempfile.TemporaryDirectory() as folder:
        inventories = Inventories(Path(folder))
        with raised("bench-promotion", inventories.of("all"), "--gitops", "--only", ONLY) as twin:
            estate = Estate(twin, inventories)
            estate.build()
            travelled = seconds(lambda: estate.travel(noted("bench"), "A change"))
            nothing = seconds(lambda: estate.promote("prod"))
    return [
        Figure("one change through three environments", travelled, "s", 240),
        Figure("promotion of nothing", nothing, "s", 10),
    ]
