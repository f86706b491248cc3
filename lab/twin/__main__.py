# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Command line of the twin: ``lab/lab``."""

from __future__ import annotations

import sys

from lab.twin.cli import main

sys.exit(main(sys.argv[1:]))
