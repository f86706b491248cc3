# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole site.yml and a backup at -vvv --diff on a fresh twin with planted secrets, which must stay where they belong."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.twin.artefacts import build
from tests.security.watch import ProcessWatch
from tests.support.twin import Finished, Twin, raised

pytestmark = pytest.mark.long
#: Of the twin, not of ours: the other side, which takes its account from its environment.
S3_SERVER = {"environ of versitygw"}
LARGEST = 32 * 2**20  # files above this are programs, images and databases


@dataclass(frozen=True)
class Rehearsal:
    """What one run left behind."""

    twin: Twin
    hidden: dict[str, str]
    done: Finished
    watch: ProcessWatch


@pytest.fixture(scope="module")
def rehearsal() -> t.Iterator[Rehearsal]:
    with raised("test-secrets", "inventories/dev") as twin:
        hidden = plant(twin)
        with ProcessWatch(hidden.values()) as watch:
            done = twin.playbook("site.yml", "-vvv", "--diff")
            saved = twin.playbook("playbooks/backup.yml", "-vvv", "--diff", "-e", f"k3s_snapshot_dir={twin.paths.root}/copies")
        yield Rehearsal(twin, hidden, Finished(done.status or saved.status, done.output + saved.output), watch)


def plant(twin: Twin) -> dict[str, str]:
    """Add join tokens to the twin's SOPS file; all that must stay hidden, by key."""
    sops, root = build("sops") / "sops", twin.paths.root
    file = root / "secrets.sops.yml"
    known = json.loads(output_of([sops, "decrypt", "--output-type", "json", file], "", SOPS_AGE_KEY_FILE=str(root / "age.key")))
    known["k3s"] = {"dev": {"server-token": secrets.token_hex(24), "agent-token": secrets.token_hex(24)}}
    recipient = output_of(["age-keygen", "-y", root / "age.key"]).strip()
    forms: list[str | Path] = ["--input-type", "json", "--output-type", "yaml", "--filename-override", "s.yml"]
    file.write_text(output_of([sops, "encrypt", "--age", recipient, *forms, "/dev/stdin"], json.dumps(known)))
    passwords = {f"{name}/password": account["password"] for name, account in known.items() if "password" in account}
    passwords["s3/secret-key"] = known["s3"]["secret-key"]
    return passwords | {f"k3s/dev/{name}": value for name, value in known["k3s"]["dev"].items()}


def output_of(command: list[str | Path], stdin: str = "", **environment: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, input=stdin, env={**os.environ, **environment}).stdout


def test_the_run_succeeds_with_the_planted_tokens(rehearsal: Rehearsal) -> None:
    assert rehearsal.done.status == 0, rehearsal.done.tail
    token = rehearsal.twin.on("k8s-dev-22", "cat /var/lib/rancher/k3s/server/token").output
    assert token.endswith(f"::server:{rehearsal.hidden['k3s/dev/server-token']}")


def test_no_secret_in_the_output(rehearsal: Rehearsal) -> None:
    told = {key: [line[:200] for line in rehearsal.done.output.splitlines() if value in line] for key, value in rehearsal.hidden.items()}
    assert {key: lines for key, lines in told.items() if lines} == {}


def test_no_secret_in_arguments_or_environments(rehearsal: Rehearsal) -> None:
    names = {value: key for key, value in rehearsal.hidden.items()}
    seen = {names[value]: places - S3_SERVER for value, places in rehearsal.watch.seen.items()}
    assert {key: places for key, places in seen.items() if places} == {}


def test_files_with_secrets_are_private(rehearsal: Rehearsal) -> None:
    holding = {str(path): path.stat().st_mode & 0o777 for path in files(rehearsal.twin.paths.root) if holds_any(path, rehearsal.hidden.values())}
    assert any("/etc/rancher/k3s/" in name for name in holding), "token files were written"
    assert {name: oct(mode) for name, mode in holding.items() if mode & 0o077} == {}


def files(root: Path) -> t.Iterator[Path]:
    """Regular files of the twin's state folder, the hosts' disks included, once each."""
    seen = set()
    for path in root.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        status = path.stat()
        if status.st_size <= LARGEST and (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            yield path


def holds_any(path: Path, values: t.Iterable[str]) -> bool:
    content = path.read_bytes()
    return any(value.encode() in content for value in values)
