# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks that only read: by their full name and without the checkout's ansible.cfg, as on a management machine."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

CHECKOUT = pathlib.Path(__file__).parents[3]


def play(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ansible.cli.playbook", f"groundwork.platform.{name}", *arguments]
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "collections")}
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd="/", check=False)


@pytest.fixture
def broken(tmp_path: pathlib.Path) -> pathlib.Path:
    shutil.copytree(CHECKOUT / "inventories", tmp_path / "inventories")
    matrix = tmp_path / "inventories" / "matrix.yml"
    matrix.write_text(matrix.read_text("utf-8").replace("gateway: 192.168.180.247", "gateway: 192.168.180.22"), "utf-8")
    return tmp_path / "inventories" / "dev"


def test_a_good_matrix_is_said_to_be_good_with_all_that_is_missing() -> None:
    done = play("validate", "-i", str(CHECKOUT / "inventories" / "dev"))
    assert done.returncode == 0, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert "needed from phase 1 on" in said
    assert "vcenters.vcenter-a.hostname: DNS name of the vCenter" in said
    assert "vcenters.vcenter-a.port_groups.prod" not in said
    assert "has no errors, 10 warnings, and 58 values that its owner has to supply" in said


@pytest.mark.parametrize("limit", [(), ("--limit", "k8s-dev-21")])
def test_a_broken_matrix_ends_non_zero(broken: pathlib.Path, limit: tuple[str, ...]) -> None:
    done = play("validate", "-i", str(broken), *limit)
    assert done.returncode != 0
    said = " ".join((done.stdout + done.stderr).split())
    assert "GW201" in said
    assert "no environment of a matrix" in said
    assert "Traceback" not in said


def test_records_are_printed() -> None:
    done = play("dns", "-i", str(CHECKOUT / "inventories" / "dev"), "-i", str(CHECKOUT / "inventories" / "prod"), "--tags", "print")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split() for line in done.stdout.replace("'", "").replace('"', "").replace(",", "").splitlines()]
    assert ["k8s-dev-21", "IN", "A", "192.168.180.21"] in [[word for word in line if word != "-"] for line in lines]
    assert ["*", "IN", "A", "192.168.178.100"] in [[word for word in line if word != "-"] for line in lines]
    assert ["23", "IN", "PTR", "k8s-prod-23.eneg.de."] in [[word for word in line if word != "-"] for line in lines]
