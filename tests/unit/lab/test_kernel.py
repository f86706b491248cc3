# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Which kernel features a host may believe in."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.twin import kernel


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("proc/filesystems", "nodev\toverlay\n"),
        ("proc/modules", "overlay 155648 1 - Live 0x0\n"),
        ("sys/module/overlay/refcnt", "1"),
    ],
)
def test_a_module_counts_as_there_when_the_kernel_shows_it_anywhere(tmp_path: Path, file: str, content: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(content)
    assert kernel.present(["overlay", "br_netfilter proc/sys/net/bridge"], tmp_path) == ["overlay"]


def test_a_module_counts_as_there_when_what_it_makes_is_there(tmp_path: Path) -> None:
    (tmp_path / "proc/sys/net/bridge").mkdir(parents=True)
    assert kernel.present(["overlay", "br_netfilter proc/sys/net/bridge"], tmp_path) == ["br_netfilter"]
