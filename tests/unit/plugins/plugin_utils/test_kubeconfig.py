# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfigs: one entry replaced, all others kept, also by many at once."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
from pathlib import Path

import pytest
import yaml
from ansible.playbook.task import Task
from ansible_collections.groundwork.platform.plugins.action import kubeconfig_context as action
from ansible_collections.groundwork.platform.plugins.plugin_utils import _kubeconfig
from ansible_collections.groundwork.platform.plugins.plugin_utils._kubeconfig import KubeconfigError, enter, merged

SOURCE = yaml.safe_dump(
    {
        "clusters": [{"name": "default", "cluster": {"server": "https://127.0.0.1:6443", "certificate-authority-data": "Q0E="}}],
        "users": [{"name": "default", "user": {"client-key-data": "S0VZ"}}],
        "contexts": [{"name": "default", "context": {"cluster": "default", "user": "default"}}],
        "current-context": "default",
    }
)


def test_into_nothing() -> None:
    config = yaml.safe_load(merged("", SOURCE, "eneg-dev", "https://192.0.2.21:6443"))
    assert config["clusters"] == [{"name": "eneg-dev", "cluster": {"server": "https://192.0.2.21:6443", "certificate-authority-data": "Q0E="}}]
    assert config["contexts"] == [{"name": "eneg-dev", "context": {"cluster": "eneg-dev", "user": "eneg-dev"}}]
    assert config["current-context"] == "eneg-dev"


def test_others_stay_and_repetition_changes_nothing() -> None:
    first = merged("", SOURCE, "eneg-prod", "https://192.0.2.1:6443")
    both = merged(first, SOURCE, "eneg-dev", "https://192.0.2.21:6443")
    assert [entry["name"] for entry in yaml.safe_load(both)["users"]] == ["eneg-prod", "eneg-dev"]
    assert yaml.safe_load(both)["current-context"] == "eneg-prod"
    assert merged(both, SOURCE, "eneg-dev", "https://192.0.2.21:6443") == both


@pytest.mark.parametrize(("present", "source"), [("- a list", SOURCE), ("key: [", SOURCE), ("", "{}"), ("", "clusters: []")])
def test_what_is_no_kubeconfig_is_refused_without_its_text(present: str, source: str) -> None:
    with pytest.raises(KubeconfigError) as problem:
        merged(present, source, "eneg-dev", "https://192.0.2.21:6443")
    assert "a list" not in str(problem.value)


SERVER = "https://192.0.2.21:6443"
#: What is locked, beside the file: empty and private, and it stays.
LOCK = ".config.groundwork.lock"


def put(path: Path, context: str) -> bool:
    return enter(path, SOURCE, context, SERVER, dry_run=False)


def test_many_at_once_and_every_context_is_there(tmp_path: Path) -> None:
    path, names = tmp_path / "new" / "config", [f"site-{number}" for number in range(12)]
    with multiprocessing.get_context("spawn").Pool(6) as pool:
        assert all(pool.starmap(put, [(path, name) for name in names], chunksize=1))
    config = yaml.safe_load(path.read_text())
    assert {entry["name"] for section in ("clusters", "users", "contexts") for entry in config[section]} == set(names)
    assert {entry.name for entry in path.parent.iterdir()} == {"config", LOCK}


def test_it_is_read_while_the_others_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process writes between reading and writing is not lost, because there is no such moment."""
    path = tmp_path / "config"
    other = multiprocessing.get_context("spawn").Process(target=put, args=(path, "other"))
    replace = _kubeconfig._replace

    def slow(file: Path, text: str) -> None:
        other.start()
        other.join(2)
        assert other.is_alive(), "it waits for this one"
        replace(file, text)

    monkeypatch.setattr(_kubeconfig, "_replace", slow)
    assert put(path, "own")
    other.join()
    assert [entry["name"] for entry in yaml.safe_load(path.read_text())["contexts"]] == ["own", "other"]


def test_what_is_locked_can_be_locked_on_nfs_and_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NFS makes a lock of a byte range of it, for which the file has to be open for writing."""
    modes: list[int] = []
    flock = fcntl.flock

    def seen(descriptor: int, operation: int) -> None:
        modes.append(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE)
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", seen)
    assert put(tmp_path / "config", "own")
    assert modes == [os.O_RDWR]
    lock = tmp_path / LOCK
    assert (lock.stat().st_size, lock.stat().st_mode & 0o777) == (0, 0o600)


@pytest.mark.parametrize("ending", [KeyboardInterrupt, OSError])
def test_whatever_ends_it_leaves_no_key_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: type[BaseException]) -> None:
    def ended(_descriptor: int) -> None:
        raise ending

    monkeypatch.setattr(os, "fsync", ended)
    with pytest.raises(ending):
        put(tmp_path / "config", "own")
    assert [entry.name for entry in tmp_path.iterdir()] == [LOCK]


def test_it_is_private_and_written_once(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "config"
    assert enter(path, SOURCE, "own", SERVER, dry_run=True)
    assert not path.parent.exists()
    assert put(path, "own")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not put(path, "own")
    path.chmod(0o644)
    assert enter(path, SOURCE, "own", SERVER, dry_run=True)
    assert put(path, "own")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "config").symlink_to(tmp_path / "real" / "config")
    assert put(tmp_path / "config", "own")
    assert (tmp_path / "config").is_symlink()
    assert (tmp_path / "real" / "config").stat().st_mode & 0o777 == 0o600


class Context(action.ActionModule):
    """The plugin without Ansible around it."""

    def __init__(self, arguments: dict[str, str], *, check: bool = False) -> None:
        self._task = Task.load({"groundwork.platform.kubeconfig_context": arguments, "check_mode": check})


def test_the_plugin_says_whether_it_changed_something_and_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_arguments: {})
    given = {"path": str(tmp_path / "config"), "source": SOURCE, "context": "own", "server": SERVER}
    assert Context(given, check=True).run() == {"changed": True}
    assert [Context(given).run() for _run in range(2)] == [{"changed": True}, {"changed": False}]
    assert "names no cluster" in Context({**given, "source": "{}"}).run()["msg"]
    assert Context({**given, "path": str(tmp_path)}).run()["msg"] == f"{tmp_path}: Is a directory"
