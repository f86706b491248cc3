# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without pydantic every plugin can still be imported, and the inventory plugin says what to install."""

from __future__ import annotations

import pathlib
import subprocess
import sys

CHECKOUT = pathlib.Path(__file__).parents[5]
PROGRAM = """
import sys
sys.modules["pydantic"] = None
from ansible.plugins.loader import init_plugin_loader, inventory_loader
init_plugin_loader([sys.argv[1]])
from ansible.errors import AnsibleParserError
try:
    inventory_loader.get("groundwork.platform.environment_matrix").parse(None, None, sys.argv[2])
except AnsibleParserError as error:
    print(error)
"""


def test_the_inventory_plugin_says_what_is_missing() -> None:
    arguments = [str(CHECKOUT / ".build" / "collections"), str(CHECKOUT / "inventories" / "dev" / "environment_matrix.yml")]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False)
    assert "lacks pydantic; install it: pip install" in done.stdout, done.stderr
