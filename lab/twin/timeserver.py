# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""An NTP server of the twin: tells the machine's own time (RFC 5905, client/server mode)."""

from __future__ import annotations

import socket
import struct
import time

#: Seconds between the NTP epoch (1900) and the Unix epoch (1970).
NTP_OFFSET = 2_208_988_800
#: Seconds after which the timestamp begins again at 0 (first in 2036); clients know the era.
ERA = 2**32
PORT = 123


def timestamp(now: float) -> bytes:
    """Unix time in seconds as a 64-bit NTP timestamp."""
    seconds = int(now)
    return struct.pack("!II", (seconds + NTP_OFFSET) % ERA, int((now - seconds) * 2**32))


def answer(request: bytes, received: float, sent: float) -> bytes | None:
    """Reply to a client's packet; None when it is not one. Stratum 1, reference LOCL, precision 2^-20 s."""
    if len(request) < 48 or request[0] & 0b111 != 3:
        return None
    version = request[0] >> 3 & 0b111
    head = struct.pack("!BBbbII4s", version << 3 | 4, 1, request[2], -20, 0, 1 << 6, b"LOCL")
    return head + timestamp(received) + request[40:48] + timestamp(received) + timestamp(sent)


def main() -> None:
    """Serve on all addresses of the namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("", PORT))
        while True:
            request, client = server.recvfrom(512)
            reply = answer(request, time.time(), time.time())
            if reply:
                server.sendto(reply, client)


if __name__ == "__main__":
    main()
