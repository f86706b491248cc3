# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity, also where its bootstrap files cannot be downloaded."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.gates.shell import CACHE, ROOT, Finding, Shell, project_files

# What a user of the collection gets, and the tests that ansible-test itself knows how to read.
CHECKED = ("CHANGELOG", "README", "changelogs/", "galaxy.yml", "meta/", "playbooks/", "plugins/", "roles/", "tests/sanity/", "tests/unit/")


def sanity(shell: Shell, bin_folder: Path | None = None) -> None:
    """Run every sanity test with the ansible-core of `bin_folder` (default: the one of .venv)."""
    tools = bin_folder or Path(sys.executable).parent
    home = CACHE / "ansible-test" / tools.parent.name
    bootstrap = home / ".ansible" / "test" / "cache" / "get_pip_25_2.py"
    bootstrap.parent.mkdir(parents=True, exist_ok=True)
    # ansible-test fetches this file from a server of its own. Python brings a pip that does the same.
    shutil.copy(Path(__file__).with_name("get_pip.py"), bootstrap)
    environment = {
        "HOME": str(home),
        "PATH": os.pathsep.join([str(tools), *interpreters(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]),
        "PIP_CACHE_DIR": str(CACHE / "pip"),
        "XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config"),
    }
    with tempfile.TemporaryDirectory() as folder:  # inside the checkout ansible-test would skip all that Git ignores
        said = shell.run("ansible-test", "sanity", "--local", "--color", "no", cwd=export(Path(folder)), env=environment)
    if "All targets skipped" in said:
        raise Finding("ansible-test skipped everything")


def interpreters() -> list[str]:
    """Folders of real Pythons: ansible-test runs them without the variables that a pyenv shim needs."""
    return sorted((str(folder) for folder in (Path.home() / ".pyenv" / "versions").glob("3.*/bin")), reverse=True)


def export(folder: Path) -> Path:
    """Copy the collection to where ansible-test insists on finding it: below ansible_collections/<namespace>/<name>."""
    collection = folder / "ansible_collections" / "groundwork" / "platform"
    for name in project_files():
        if name.startswith(CHECKED):
            (collection / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, collection / name)
    return collection
