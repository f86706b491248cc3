# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does anybody use an address? TCP only: an ICMP echo needs rights that a controller may not have."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

PARALLEL = 64


def find_in_use(addresses: Sequence[str], ports: Sequence[int], timeout: float) -> dict[str, str]:
    """How each address that is in use answered, by the first of the ports that did; ``timeout`` in seconds."""
    questions = [(address, port) for address in addresses for port in ports]
    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = list(pool.map(lambda question: _answer(question, timeout), questions))
    found: dict[str, str] = {}
    for (address, port), answer in zip(questions, answers):
        if answer:
            found.setdefault(address, f"{answer} connections on port {port}")
    return found


def _answer(address: tuple[str, int], timeout: float) -> str | None:
    """A refusal is an answer too: nobody but the owner of the address sends it (RFC 9293, 3.10.7.1)."""
    try:
        socket.create_connection(address, timeout).close()
    except ConnectionRefusedError:
        return "refuses"
    except OSError:
        return None
    return "accepts"
