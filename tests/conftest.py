# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For all tests: which need a twin, and which need what takes long to build.

Ansible's import hook is installed before anything is imported from the collection, as ansible-test does it; without it Ansible's loaders
do not find the collection's plugins.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.plugins.loader import init_plugin_loader

from lab.twin import artefacts

init_plugin_loader([str(Path(__file__).parents[1] / ".build" / "collections")])
#: Tests in these folders boot hosts. In tests/twin each file has a twin of its own, elsewhere the files of a folder share theirs.
NEED_A_TWIN = ("tests/contract/", "tests/integration/molecule/", "tests/integration/twin/", "tests/security/test_secrets_in_twin.py", "tests/twin/")


def pytest_itemcollected(item: pytest.Item) -> None:
    """As soon as a test is collected: xdist reads the groups before the hooks for whole collections run here."""
    if item.nodeid.startswith(NEED_A_TWIN):
        folder, _, name = item.nodeid.partition("::")[0].rpartition("/")
        item.add_marker("twin")
        item.add_marker(pytest.mark.xdist_group(name if folder == "tests/twin" else folder))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What ``make test`` has no time to build on a fresh machine is asked for; once it is there, its tests belong to every run."""
    wanted = {name for marker in item.iter_markers("artefacts") for name in marker.args}
    missing = sorted(name for name in wanted if not artefacts.output(name).is_dir())
    if missing:
        pytest.skip(f"not built on this machine yet: lab/lab build {' '.join(missing)}")
