# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual address of the API in a twin of the development environment, and how long it may be away."""

from __future__ import annotations

import time

from tests.support.twin import Twin

SERVERS = {f"k8s-dev-{number}": f"192.168.180.{number}" for number in (21, 22, 23)}
ADDRESS = "192.168.180.20"
#: Seconds, as users are promised.
WHEN_THE_HOLDER_DIES = 15
IN_PLANNED_WORK = 5


def holders(twin: Twin) -> list[str]:
    """The servers that have the address on a network card."""
    return [name for name in SERVERS if twin.on(name, f"ip -oneline -4 address show to {ADDRESS}").output]


def lose_the_holder(twin: Twin) -> str:
    """Cut the power of the server that has the address, and wait until another has had time to take it; the name of the lost one."""
    (holder,) = holders(twin)
    time.sleep(3)  # whoever watches has seen some answers by then
    twin.lab("kill", holder)
    time.sleep(WHEN_THE_HOLDER_DIES + 10)
    return holder
