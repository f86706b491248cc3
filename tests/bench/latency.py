# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that is some milliseconds away: whatever passes through a port of this machine is late by half of them in either direction."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator


@contextlib.contextmanager
def distant(port: int, milliseconds: float) -> Iterator[int]:
    """A port on loopback behind which ``port`` seems that far away, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, port, milliseconds / 2000), daemon=True).start()
        yield int(listener.getsockname()[1])


def _accept(listener: socket.socket, port: int, seconds: float) -> None:
    while True:
        try:
            near, _address = listener.accept()
        except OSError:  # the block has ended
            return
        far = socket.create_connection(("127.0.0.1", port))
        for source, target in ((near, far), (far, near)):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_carry, args=(source, target, seconds), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket, seconds: float) -> None:
    """Hand on what arrives, late; what arrived together stays together."""
    with contextlib.suppress(OSError):
        while part := source.recv(1 << 18):
            time.sleep(seconds)
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
