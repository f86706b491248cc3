# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Control groups on both kinds of machines, on folders that stand for their trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.twin.cgroups import Hierarchy, TwinCgroups, hierarchies

HYBRID = """\
tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
"""


def v2_tree(root: Path, available: str) -> Hierarchy:
    for group in (root, root / "groundwork", root / "groundwork/dev", root / "groundwork/dev/host"):
        group.mkdir(exist_ok=True)
        (group / "cgroup.controllers").write_text(available)
        (group / "cgroup.subtree_control").write_text("")
        (group / "memory.max").write_text("max")
    return Hierarchy(root, frozenset(), 2)


def test_a_hybrid_machine_has_one_tree_per_v1_controller_and_the_unified_one() -> None:
    trees = hierarchies(HYBRID)
    assert [tree.version for tree in trees] == [1, 1, 2]
    assert {"cpu", "cpuacct"} <= trees[0].controllers


def test_v2_delegates_what_kubernetes_needs_and_the_machine_has_down_to_the_hosts_parent(tmp_path: Path) -> None:
    tree = v2_tree(tmp_path, "cpu memory pids misc")
    TwinCgroups("dev", [tree]).create("host", 512)
    for group in (tmp_path, tmp_path / "groundwork", tmp_path / "groundwork/dev"):
        assert (group / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"
    assert (tmp_path / "groundwork/dev/host/cgroup.subtree_control").read_text() == "", "the guest's systemd delegates below its own root"
    assert (tmp_path / "groundwork/dev/host/memory.max").read_text() == str(512 * 2**20)


def test_v2_without_controllers_is_left_alone(tmp_path: Path) -> None:
    tree = v2_tree(tmp_path, "hugetlb")
    TwinCgroups("dev", [tree]).create("host", 512)
    assert (tmp_path / "cgroup.subtree_control").read_text() == ""


def test_a_new_v1_cpuset_group_gets_its_parents_processors(tmp_path: Path) -> None:
    group = tmp_path / "groundwork/dev/host"
    group.mkdir(parents=True)
    for folder in (tmp_path, *list(tmp_path.rglob("*"))):
        for name in ("cpuset.cpus", "cpuset.mems"):
            (folder / name).write_text("0-1\n" if folder == tmp_path else "\n")
    TwinCgroups("dev", [Hierarchy(tmp_path, frozenset({"cpuset"}), 1)]).create("host")
    assert (group / "cpuset.cpus").read_text() == "0-1\n"


@pytest.mark.parametrize(("stat", "expected"), [("anon 3145728\nfile 99999999\n", 3), ("cache 9\ntotal_rss 2097152\n", 2)])
def test_memory_in_use_leaves_out_the_page_cache(tmp_path: Path, stat: str, expected: int) -> None:
    group = tmp_path / "groundwork/dev/host"
    group.mkdir(parents=True)
    (group / "memory.stat").write_text(stat)
    assert TwinCgroups("dev", [Hierarchy(tmp_path, frozenset({"memory"}), 1)]).memory_mb("host") == expected


def test_removing_takes_the_twins_groups_and_no_other_twins(tmp_path: Path) -> None:
    for name in ("dev/host/kubepods/pod", "dev/supervisor", "other/host"):
        (tmp_path / "groundwork" / name).mkdir(parents=True)
    cgroups = TwinCgroups("dev", [Hierarchy(tmp_path, frozenset(), 1)])
    assert cgroups.left()
    cgroups.remove()
    assert not cgroups.left()
    assert (tmp_path / "groundwork/other/host").is_dir()
