# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operations refuse before they touch anything: no host is reached in these runs, all reasons come at once."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).parents[3]
NAMES = ["k8s-1", "k8s-2", "k8s-3"]


@pytest.fixture
def refused(tmp_path: pathlib.Path) -> t.Callable[..., str]:
    """Run rotate.yml for three servers that do not exist, with further variables; what it said when it failed."""

    def run(*arguments: str, **variables: t.Any) -> str:
        common = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "groundwork_environment": "dev",
            "k3s_adopt": False,
            "k3s_servers": [{"name": name, "address": "192.0.2.1"} for name in NAMES],
        }
        servers = {"hosts": dict.fromkeys(NAMES)}
        inventory = tmp_path / "hosts.yml"
        inventory.write_text(yaml.safe_dump({"k3s_cluster": {"children": {"k3s_server": servers}, "vars": common | variables}}), encoding="utf-8")
        command = [sys.executable, "-m", "ansible.cli.playbook", "groundwork.platform.rotate", "-i", str(inventory), *arguments]
        env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "collections")}
        done = subprocess.run(command, capture_output=True, text=True, env=env, cwd="/", check=False)
        assert done.returncode != 0, done.stdout
        assert "changed=1" not in done.stdout
        return " ".join(done.stdout.split() + done.stderr.split())

    return run


def test_all_reasons_at_once(refused: t.Callable[..., str]) -> None:
    said = refused("-e", "rotate=everything", "--limit", "k8s-1", k3s_adopt=True)
    assert "3 problem(s), nothing was touched" in said
    assert "names one of server-token, agent-token, certificates, kubeconfig, encryption-keys, ca" in said
    assert "rotate.yml concerns every server; run it without --limit (k8s-2, k8s-3 left out)" in said
    assert "this environment is adopted" in said


def test_nothing_is_rotated_without_a_wish(refused: t.Callable[..., str]) -> None:
    assert "1 problem(s), nothing was touched" in refused()
