# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of unit tests.

Ansible's import hook is installed before anything is imported from the collection, as ansible-test does it; without it
Ansible's loaders do not find the collection's plugins. Hypothesis does not measure time: a busy machine is not a mistake.
"""

from __future__ import annotations

from pathlib import Path

from ansible.plugins.loader import init_plugin_loader
from hypothesis import settings

init_plugin_loader([str(Path(__file__).parents[2] / ".build" / "collections")])
settings.register_profile("project", deadline=None)
settings.load_profile("project")
