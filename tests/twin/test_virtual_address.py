# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's virtual address under clients: its holder dies, its holder is restarted on purpose."""

from __future__ import annotations

import time

import pytest

from tests.support.prober import Prober
from tests.support.twin import Twin

SERVERS = {f"k8s-dev-{number}": f"192.168.180.{number}" for number in (21, 22, 23)}
ADDRESS = "192.168.180.20"
#: Seconds, as requirement 4 of this collection's users has them.
WHEN_THE_HOLDER_DIES = 15
IN_PLANNED_WORK = 5


def holders(twin: Twin) -> list[str]:
    """The servers that have the address on a network card."""
    return [name for name in SERVERS if twin.on(name, f"ip -oneline -4 address show to {ADDRESS}").output]


def wait_for_voters(twin: Twin) -> None:
    """Until every server's API is ready again, by the check that decides who may hold the address."""
    deadline = time.monotonic() + 300
    while any(twin.on(name, "/etc/keepalived/api-ready").status for name in SERVERS):
        assert time.monotonic() < deadline, "the servers did not come back in 300 s"
        time.sleep(2)


def test_the_holder_dies(built: Twin) -> None:
    (holder,) = holders(built)
    with Prober(built, SERVERS, ADDRESS) as prober:
        time.sleep(3)
        built.lab("kill", holder)
        time.sleep(WHEN_THE_HOLDER_DIES + 5)
        built.lab("start", holder)
        wait_for_voters(built)
    assert 0 < prober.report.longest_gap() <= WHEN_THE_HOLDER_DIES, prober.report.time_line()
    prober.report.assert_majority_kept()
    (heir,) = holders(built)
    assert heir != holder, "the address went back, though nobody needed it to"


@pytest.mark.long
def test_every_server_is_restarted_on_purpose(built: Twin) -> None:
    wait_for_voters(built)
    for name in SERVERS:
        built.on(name, "touch /etc/rancher/k3s/config.yaml")
    with Prober(built, SERVERS, ADDRESS) as prober:
        done = built.playbook("site.yml", "--tags", "k3s")
    assert done.status == 0, done.tail
    assert done.output.count("Restart K3s") == len(SERVERS)
    prober.report.assert_majority_kept()
    assert prober.report.longest_gap() <= IN_PLANNED_WORK, prober.report.time_line()
    assert len(holders(built)) == 1
