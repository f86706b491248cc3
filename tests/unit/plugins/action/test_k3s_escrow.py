# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundles between controller and server, with the real age and a real snapshot; only what the server answers is recorded."""

from __future__ import annotations

import base64
import json
import lzma
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible_collections.groundwork.platform.plugins.action import k3s_escrow as action
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import snapshot

WHOLE = lzma.decompress((Path(__file__).parents[3] / "fixtures" / "snapshot" / "etcd-3.6.7.xz").read_bytes())
TOKENS = {"server-token": "K10" + "0" * 64 + "::server:planted-secret", "agent-token": "K10" + "0" * 64 + "::node:planted-too"}
ANSWER = {"secrets": {name: base64.b64encode(f"{text}\n".encode()).decode() for name, text in TOKENS.items()}, "k3s_version": "v1.35.0+k3s3"}


class Escrow(action.ActionModule):
    """The plugin with recorded answers in place of a server."""

    def __init__(self, answers: list[dict[str, Any]], **arguments: Any) -> None:
        self._task = Task.load({"groundwork.platform.k3s_escrow": arguments})
        self._play_context = PlayContext()
        self._play_context.no_log = False
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any], bool]] = []

    def _execute_module(self, *_arguments: Any, **given: Any) -> dict[str, Any]:
        self.asked.append((given["module_name"], given["module_args"], self._play_context.no_log))
        return self.answers.pop(0)


@pytest.fixture
def recipient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("SOPS_AGE_KEY", raising=False)
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "key"))
    subprocess.run(["age-keygen", "--output", str(tmp_path / "key")], check=True, capture_output=True)
    return subprocess.run(["age-keygen", "-y", str(tmp_path / "key")], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "copies" / "on-demand-node-1-1795250000"
    path.parent.mkdir()
    path.write_bytes(WHOLE)
    return path


def sealed(copy: Path, recipient: str) -> dict[str, Any]:
    more = {"environment": "site-dev", "node_name": "node-1", "saved_at": 1795250000, "planted": "1795249999"}
    plugin = Escrow([dict(ANSWER)], state="sealed", path=str(copy), recipients=[recipient], **more)
    found = plugin._sealed(copy, {})
    assert [no_log for _name, _arguments, no_log in plugin.asked] == [True]
    return found


def test_sealed_says_nothing_secret_and_leaves_nothing_plain(copy: Path, recipient: str) -> None:
    found = sealed(copy, recipient)
    assert found["changed"]
    assert [path.name for path in copy.parent.iterdir()] == [copy.name + ".escrow.age"]
    assert "planted-secret" not in json.dumps(found)
    assert found["manifest"]["fingerprint"] == found["snapshot"]["fingerprint"]
    assert found["manifest"] | {"environment": "site-dev", "k3s_version": "v1.35.0+k3s3", "saved_at": 1795250000, "planted": "1795249999"} == found["manifest"]


def test_a_compressed_snapshot_stays_compressed_in_the_bundle(copy: Path, recipient: str, tmp_path: Path) -> None:
    packed = copy.with_name(copy.name + ".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(copy, copy.name)
    copy.unlink()
    bundle = Path(sealed(packed, recipient)["path"])
    folder = tmp_path / "out"
    folder.mkdir()
    found = Escrow([], state="read", path=str(bundle), folder=str(folder))._read(bundle)
    assert Path(found["path"]).read_bytes() == WHOLE


def test_read_of_a_bare_snapshot_has_no_manifest(copy: Path) -> None:
    found = Escrow([], state="read", path=str(copy))._read(copy)
    assert found["manifest"] is None
    assert set(found["snapshot"]["nodes"]) == {"node-1", "node-2"}
    assert "path" not in found


def test_a_plain_snapshot_lies_only_in_folders_that_the_runbook_names(copy: Path, recipient: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is killed in that moment leaves the folder."""
    seen: list[str] = []
    read = snapshot.read

    def noted(path: Path) -> Any:
        seen.append(path.parent.name)
        return read(path)

    monkeypatch.setattr(snapshot, "read", noted)
    packed = copy.with_name(copy.name + ".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(copy, copy.name)
    copy.unlink()
    bundle = Path(sealed(packed, recipient)["path"])
    Escrow([], state="read", path=str(bundle))._read(bundle)
    assert len(seen) == 2
    assert all(name.startswith(action.OPENED) for name in seen)
    root = Path(__file__).parents[4]
    assert f"prefix: {action.OPENED} #" in (root / "playbooks/tasks/restore_first.yml").read_text("utf-8")
    assert f"`{action.OPENED}*`" in (root / "docs/runbooks/backup.md").read_text("utf-8")


def test_tokens_go_to_the_server_unseen(copy: Path, recipient: str) -> None:
    bundle = Path(sealed(copy, recipient)["path"])
    plugin = Escrow([{"changed": True}, {"changed": False}], state="tokens", path=str(bundle))
    assert plugin._tokens(bundle, {}) == {"changed": True}
    assert [(arguments["kind"], arguments["token"], arguments["replace"], no_log) for _name, arguments, no_log in plugin.asked] == [
        ("server", TOKENS["server-token"], True, True),
        ("agent", TOKENS["agent-token"], True, True),
    ]
    assert plugin._play_context.no_log is False


def test_a_server_that_gives_nothing_leaves_the_copy(copy: Path, recipient: str) -> None:
    plugin = Escrow([{"failed": True, "msg": "no token"}], state="sealed", path=str(copy), recipients=[recipient])
    assert plugin._sealed(copy, {}) == {"failed": True, "msg": "no token"}
    assert copy.exists()
