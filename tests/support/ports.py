# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of loopback for servers that are told theirs at their start and bind it only later."""

from __future__ import annotations

import itertools
import os
import socket

#: Below the ports that the kernel hands out (ip_local_port_range), so that no connection takes one meanwhile; each of pytest-xdist's workers has its own.
FIRST, WORKERS, EACH = 12_000, 10, 2_000
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
#: Begun anywhere: another run of pytest may be at work on this machine.
_next = itertools.count(os.getpid())


def free_port() -> int:
    """One that nobody has now, and that no later call gives before all others."""
    for number in itertools.islice(_next, EACH):
        port = FIRST + _worker * EACH + number % EACH
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError("no port of this worker is free")
