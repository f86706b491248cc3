# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The artefact as a user gets it: built, installed into an empty path, imported as Galaxy would import it."""

from __future__ import annotations

import re
import tarfile
import tempfile
from pathlib import Path

from tests.gates.shell import ROOT, Finding, Shell, venv
from tests.support.checkout import copied

WELCOME = {
    *(".ansible-lint", "CHANGELOG.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md"),
    *("changelogs", "docs", "meta", "playbooks", "plugins", "roles"),
}


def build(shell: Shell, folder: Path) -> Path:
    """Build the collection into `folder` and return the tarball, which must hold nothing that is not for users."""
    with tempfile.TemporaryDirectory() as source:  # the gates beside this one write their caches into the checkout
        shell.run("ansible-galaxy", "collection", "build", "--force", "--output-path", folder, cwd=copied(Path(source) / "checkout"))
    tarball = next(folder.glob("groundwork-platform-*.tar.gz"))
    with tarfile.open(tarball) as archive:
        strangers = {name.split("/")[0] for name in archive.getnames()} - WELCOME
    if strangers:
        raise Finding(f"the artefact holds {sorted(strangers)}; see the manifest in galaxy.yml")
    return tarball


def installs(shell: Shell) -> None:
    """Build, install offline into an empty path, and read the playbooks from there without our ansible.cfg."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tarball = build(shell, folder)
        (folder / "ansible.cfg").touch()  # a user's folder without settings; ours, or the user's own, are not read
        outside = {"ANSIBLE_COLLECTIONS_PATH": str(folder / "installed"), "ANSIBLE_CONFIG": str(folder / "ansible.cfg")}
        shell.run("ansible-galaxy", "collection", "install", tarball, "-p", folder / "installed", "--offline", cwd=folder, env=outside)
        for playbook in sorted((ROOT / "playbooks").glob("*.yml")):
            if not playbook.name.endswith(".meta.yml"):
                shell.run(
                    "ansible-playbook", f"groundwork.platform.{playbook.stem}", "--syntax-check", "-i", ROOT / "inventories" / "dev", cwd=folder, env=outside
                )


def imports(shell: Shell) -> None:
    """Run Galaxy's importer. It ends with 0 whatever it warns of, so its words count."""
    tools = venv(shell, "importer")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tarball = build(shell, folder)
        said = shell.run(tools / "python", "-m", "galaxy_importer.main", tarball, cwd=folder, env={"PATH": f"{tools}:/usr/bin:/bin"})
    complaints = re.findall(r"^(?:WARNING|ERROR).*", said, re.MULTILINE)
    if complaints:
        raise Finding(f"galaxy-importer has {len(complaints)} complaint(s): {complaints[0]}")
