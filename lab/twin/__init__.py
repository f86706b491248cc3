# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""The twin: a site of the matrix on one Linux machine, with simulated vCenters and booted hosts."""
