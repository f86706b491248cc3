# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""A machine that cannot carry a twin is told everything at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.twin import preflight


def machine(root: Path, release: str, filesystems: str, namespaces: str, mounts: str) -> Path:
    (root / "etc").mkdir()
    (root / "etc/os-release").write_text(release)
    (root / "proc/self/ns").mkdir(parents=True)
    for name in namespaces.split():
        (root / "proc/self/ns" / name).touch()
    (root / "proc/filesystems").write_text(filesystems)
    (root / "proc/mounts").write_text(mounts)
    return root


GOOD = ("nodev overlay\nnodev tmpfs\n", "cgroup mnt net pid uts user", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n")


@pytest.mark.parametrize("release", ["ID=debian\n", 'ID=ubuntu\nID_LIKE="debian"\n', 'ID=linuxmint\nID_LIKE="ubuntu debian"\n'])
def test_debian_and_its_children_are_welcome(tmp_path: Path, release: str) -> None:
    assert preflight.system_problems(machine(tmp_path, release, *GOOD)) == []


def test_another_system_is_named(tmp_path: Path) -> None:
    (problem,) = preflight.system_problems(machine(tmp_path, 'ID=fedora\nPRETTY_NAME="Fedora Linux 43"\n', *GOOD))
    assert "this is Fedora Linux 43" in problem


def test_all_problems_come_together(tmp_path: Path) -> None:
    found = preflight.system_problems(machine(tmp_path, "ID=arch\n", "nodev tmpfs\n", "mnt net pid uts", ""))
    assert [problem.split(":")[0] for problem in found] == ["operating system", "kernel", "kernel", "control groups"]


def test_missing_commands_are_named_by_their_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda command, path: None if command in {"dnsmasq", "unshare", "nsenter"} else path)
    assert preflight.missing_packages() == ["dnsmasq-base", "util-linux"]


MOUNTS = "/dev/sda / ext4 rw 0 0\noverlay /home overlay rw 0 0\n/dev/sdb /home/disk xfs rw 0 0\n"


@pytest.mark.parametrize(("folder", "good"), [("/var/state", True), ("/home/me/.local/state", False), ("/home/disk/state", True)])
def test_the_disk_that_counts_is_the_one_under_the_state_folder(folder: str, good: bool) -> None:
    found = preflight.disk_problems(Path(folder), MOUNTS, 10**12)
    assert (found == []) is good
    assert good or "XDG_STATE_HOME" in found[0]


def test_a_full_disk_is_told_with_how_much_is_needed() -> None:
    (problem,) = preflight.disk_problems(Path("/var/state"), MOUNTS, 2 * 10**9)
    assert "2.0 GB free" in problem
