# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel settings that the kubelet demands: what differs is told, what the kernel does not have is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import kernel

ROLE = Path(__file__).parents[5] / "roles/host_base/vars/main.yml"


def write(root: Path, **values: str) -> None:
    for name, value in values.items():
        path = root / "proc/sys" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value}\n")


def test_only_what_differs_is_told(tmp_path: Path) -> None:
    write(tmp_path, kernel__panic="1", vm__overcommit_memory="1")
    seen = kernel.settings(tmp_path)
    assert seen == {"kernel.panic": "1", "vm.overcommit_memory": "1"}
    assert kernel.problems(seen) == ("kernel.panic is 1, the kubelet demands 10",)


@pytest.mark.parametrize("name", kernel.DEMANDED)
def test_each_setting_counts(name: str) -> None:
    assert kernel.problems(dict(kernel.DEMANDED)) == ()
    assert len(kernel.problems(kernel.DEMANDED | {name: "7"})) == 1


def test_the_role_sets_what_the_kubelet_demands() -> None:
    settings = yaml.safe_load(ROLE.read_text("utf-8"))["_host_base_sysctls"]
    assert {name: str(settings[name]) for name in kernel.DEMANDED} == kernel.DEMANDED
