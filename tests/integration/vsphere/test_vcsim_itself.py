# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated vCenter's own tests, in Go."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from lab.twin import golang

VCSIM = Path(__file__).parents[3] / "lab/vcsim"


def test_go_tests_of_the_simulated_vcenter() -> None:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath"}
    done = subprocess.run([golang.find(), "test", "./..."], cwd=VCSIM, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
