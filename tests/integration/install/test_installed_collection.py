# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as it lies on a management VM: built, installed into an empty path, used without the ansible.cfg of the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.checkout import copied

CHECKOUT = Path(__file__).resolve().parents[3]
SITE = "groundwork.platform.site"


@dataclass(frozen=True)
class ManagementVm:
    """A user's working folder with an installed collection and inventories of his own."""

    folder: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "GROUNDWORK_", "PYTHONPATH"))}
        environment |= {
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "installed"),
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
        }
        return subprocess.run(command, cwd=self.folder, env=environment, check=False, text=True, capture_output=True, stdin=subprocess.DEVNULL)

    def break_matrix(self) -> None:
        matrix = self.folder / "inventories" / "matrix.yml"
        matrix.write_text(matrix.read_text().replace("\nvcenters:", "\nvcentres:", 1))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("management-vm")
    (folder / "ansible.cfg").touch()
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    subprocess.run([galaxy, "collection", "build", "--output-path", folder], cwd=copied(folder / "source"), check=True, capture_output=True)
    tarball = next(folder.glob("*.tar.gz"))
    done = ManagementVm(folder).run(str(galaxy), "collection", "install", str(tarball), "-p", "installed", "--offline")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def vm(installed: Path) -> ManagementVm:
    shutil.rmtree(installed / "inventories", ignore_errors=True)
    shutil.copytree(CHECKOUT / "inventories", installed / "inventories")
    return ManagementVm(installed)


def test_artefact_holds_nothing_but_what_users_need(installed: Path) -> None:
    home = installed / "installed" / "ansible_collections" / "groundwork" / "platform"
    files, folders = {".ansible-lint", "CHANGELOG.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md"}, {"changelogs", "docs", "meta"}
    assert {path.name for path in home.iterdir()} == files | folders | {"playbooks", "plugins", "roles"}


@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_inventory_and_playbook_of_the_installed_collection_are_read(vm: ManagementVm, environment: str) -> None:
    done = vm.run("ansible-playbook", SITE, "-i", f"inventories/{environment}", "--list-hosts")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"k8s-{environment}-21" in done.stdout


@pytest.mark.parametrize("limit", [[], ["--limit", "k8s-dev-21"], ["--limit", "env_dev"], ["--tags", "k3s"]], ids=["all", "one-host", "group", "tags"])
def test_broken_matrix_ends_the_run_with_an_error(vm: ManagementVm, limit: list[str]) -> None:
    vm.break_matrix()
    done = vm.run("ansible-playbook", SITE, "-i", "inventories/dev", *limit)
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "matrix.yml:" in said, "the problem is shown with its place"
    assert "vcentres" in said


def test_broken_matrix_does_not_validate(vm: ManagementVm) -> None:
    vm.break_matrix()
    done = vm.run("ansible-playbook", "groundwork.platform.validate", "-i", "inventories/dev")
    assert done.returncode != 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_whole_matrix_validates(vm: ManagementVm) -> None:
    done = vm.run("ansible-playbook", "groundwork.platform.validate", "-i", "inventories/dev")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no errors" in done.stdout
