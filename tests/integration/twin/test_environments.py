# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A twin of each environment: playbooks run from the management VM's address, also where that lies in another network."""

from __future__ import annotations

import pytest

from tests.support.twin import Twin


@pytest.mark.parametrize(("environment", "gateway"), [("test", "192.168.179.247"), ("prod", "192.168.178.247")])
def test_the_management_vm_reaches_the_environments_network(environment: str, gateway: str) -> None:
    twin = Twin(f"test-net-{environment}")
    twin.down()
    twin.up(f"inventories/{environment}")
    try:
        assert gateway in twin.shell("ip", "-brief", "address").output
        assert "src 192.168.180.10" in twin.shell("ip", "route", "get", gateway.replace(".247", ".21")).output
    finally:
        twin.down()
