# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planted secrets must appear nowhere: output at -vvv --diff, facts, process arguments and environments, readable files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.twin import artefacts
from tests.security.watch import ProcessWatch

CHECKOUT = Path(__file__).resolve().parents[2]
CA_HASH = "c0ffee" * 10 + "c0ff"
CANARY = "canary-in-plain-sight"
SECRETS = {
    "vcenter-a/username": "planted-user-of-vcenter-a",
    "vcenter-a/password": "planted-password-of-vcenter-a",
    "vcenter-b/username": "planted-user-of-vcenter-b",
    "vcenter-b/password": "planted-password-of-vcenter-b",
    "k3s/dev/server-token": "plantedservertoken0123456789abcdef",
    "k3s/dev/agent-token": "plantedagenttoken0123456789abcdef",
}
# A user name is not secret; it is planted to prove that the lookup was really asked.
HIDDEN = [value for key, value in SECRETS.items() if "username" not in key]
OVERLAY = """
- {path: vcenters.*.hostname, value: 127.0.0.1, why: nobody answers there}
- {path: vcenters.*.datacenter, value: DC, why: needed}
- {path: vcenters.*.template, value: template, why: needed}
- {path: vcenters.*.folder, value: folder, why: needed}
- {path: vcenters.*.port_groups.*, value: network, why: needed}
- {path: hypervisors.*.datastores.*, value: 8192, why: needed}
- {path: environments.*.adopt, value: false, why: the token is only written to new clusters}
"""
# The machine's own folders stay as they are: the run sees K3s's folders on file systems of its own.
PRIVATE_VIEW = """
set -eu
for folder in etc var/lib; do
    mkdir -p "$PRIVATE/$folder/upper" "$PRIVATE/$folder/work"
    mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$PRIVATE/$folder/upper,workdir=$PRIVATE/$folder/work" "/$folder"
done
mkdir -p /var/lib/rancher/k3s/server
(umask 077; cp "$PRIVATE/token" "$PRIVATE/agent-token" /var/lib/rancher/k3s/server/)
exec "$@"
"""


@dataclass(frozen=True)
class Run:
    """What one run of the playbook left behind."""

    folder: Path
    output: str
    status: int
    watch: ProcessWatch


def nested(flat: dict[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *path, last = key.split("/")
        level = tree
        for step in path:
            level = level.setdefault(step, {})
        level[last] = value
    return tree


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run of the playbook with secrets from a SOPS file, at -vvv --diff, with a fact cache."""
    if os.geteuid():
        pytest.skip("needs root: the run gets its own view of /etc and /var/lib")
    folder = tmp_path_factory.mktemp("secrets")
    shutil.copytree(CHECKOUT / "inventories", folder / "inventories")
    (folder / "overlay.yml").write_text(OVERLAY)
    encrypt(folder, folder / "inventories" / "secrets.sops.yml")
    with ProcessWatch([*HIDDEN, CANARY]) as watch:
        done = play(folder)
    return Run(folder, done.stdout + done.stderr, done.returncode, watch)


def encrypt(folder: Path, target: Path) -> None:
    """Write the planted secrets as a SOPS file for an age key made here."""
    plain = folder / "plain.json"
    plain.touch(0o600)
    plain.write_text(json.dumps(nested(SECRETS)))
    made = subprocess.run(["age-keygen", "-o", folder / "age.key"], check=True, capture_output=True, text=True).stderr
    recipient = made.split("Public key: ")[1].strip()
    sops = artefacts.build("sops") / "sops"
    subprocess.run([sops, "encrypt", "--age", recipient, "--output-type", "yaml", "--output", target, plain], check=True, capture_output=True)
    plain.unlink()


def play(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the playbook in a private view of /etc and /var/lib, with a home of its own."""
    private = folder / "private"
    private.mkdir()
    for name, user, key in (("token", "server", "server-token"), ("agent-token", "node", "agent-token")):
        (private / name).touch(0o600)
        (private / name).write_text(f"K10{CA_HASH}::{user}:{SECRETS[f'k3s/dev/{key}']}\n")
    environment = {
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "facts"),
        "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "collections"),
        "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
        "GROUNDWORK_MATRIX_OVERLAY": str(folder / "overlay.yml"),
        "HOME": str(folder / "home"),
        "LC_ALL": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}:{artefacts.build('sops')}:{os.environ['PATH']}",
        "PRIVATE": str(private),
        "SOPS_AGE_KEY_FILE": str(folder / "age.key"),
    }
    command = ["ansible-playbook", str(CHECKOUT / "tests/security/playbook.yml"), "-i", str(folder / "inventories/dev"), "-vvv", "--diff"]
    extra = ["-e", "ansible_connection=local", "-e", "ansible_become=false", "-e", f"canary={CANARY}", "-e", f"ansible_python_interpreter={sys.executable}"]
    (folder / "home").mkdir()
    return subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", PRIVATE_VIEW, "private-view", *command, *extra],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def test_the_playbook_used_the_secrets(run: Run) -> None:
    assert run.status == 0, run.output[-6000:]
    written = (run.folder / "private" / "etc" / "upper" / "rancher" / "k3s" / "server-token").read_text()
    assert SECRETS["k3s/dev/server-token"] in written


@pytest.mark.parametrize("secret", HIDDEN)
def test_no_secret_in_output_or_log(run: Run, secret: str) -> None:
    assert [line for line in run.output.splitlines() if secret in line] == []
    assert secret not in (run.folder / "ansible.log").read_text()


def test_no_secret_in_the_fact_cache(run: Run) -> None:
    cached = [path for path in (run.folder / "facts").rglob("*") if path.is_file()]
    assert cached, "facts were cached"
    assert [(path.name, secret) for path in cached for secret in HIDDEN if secret in path.read_text()] == []


def test_no_secret_in_arguments_or_environments(run: Run) -> None:
    assert CANARY in run.watch.seen, "the watch sees arguments"
    assert {secret: places for secret, places in run.watch.seen.items() if secret != CANARY} == {}


def test_files_with_secrets_are_private(run: Run) -> None:
    holding = {path: path.stat().st_mode & 0o777 for path in run.folder.rglob("*") if path.is_file() and any(s.encode() in path.read_bytes() for s in HIDDEN)}
    assert len(holding) >= 4, "token files were written"
    assert {str(path): oct(mode) for path, mode in holding.items() if mode != 0o600} == {}


def test_inventory_carries_keys_not_values(run: Run) -> None:
    listed = subprocess.run(
        [Path(sys.executable).with_name("ansible-inventory"), "-i", run.folder / "inventories" / "dev", "--list"],
        env={
            **os.environ,
            **{f"GROUNDWORK_SECRET_{key.upper().replace('/', '_').replace('-', '_')}": value for key, value in SECRETS.items()},
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "collections"),
        },
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "vcenter-a/password" in listed
    assert [secret for secret in HIDDEN if secret in listed] == []
