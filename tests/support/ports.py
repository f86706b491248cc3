# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of loopback for servers that have to be told theirs before they listen."""

from __future__ import annotations

import contextlib
import socket
import typing as t


@contextlib.contextmanager
def reserved(count: int = 1) -> t.Iterator[list[int]]:
    """Ports that the system gives to nobody else while the block lasts, for listeners or for connections going out.

    They are bound here, without listening: who connects is refused. A server that sets SO_REUSEADDR, as Go and Python do, can still listen there.
    """
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", 0))
        yield [int(one.getsockname()[1]) for one in sockets]
