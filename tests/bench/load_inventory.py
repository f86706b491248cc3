# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the median time in seconds that the inventory plugin takes for one file: `python -m tests.bench.load_inventory FILE`."""

from __future__ import annotations

import sys

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, inventory_loader

from tests.bench.model import CHECKOUT, median_seconds


def main() -> None:
    """Five runs, each into an empty inventory."""
    init_plugin_loader([str(CHECKOUT / ".build" / "collections")])

    def load() -> None:
        inventory = InventoryData()
        inventory_loader.get("groundwork.platform.environment_matrix").parse(inventory, DataLoader(), sys.argv[1], cache=False)
        inventory.reconcile_inventory()
        if len(inventory.hosts) < 100:
            raise RuntimeError("the inventory has hardly any hosts: this would be a measurement of nothing")

    sys.stdout.write(f"{median_seconds(load)}\n")


if __name__ == "__main__":
    main()
