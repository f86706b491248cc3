# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing: only what changed, releases first, and a run that ends in the middle is completed by the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import authorities, changes, read_tree, write

from tests.unit.plugins.plugin_utils._gitops.sites import FIRST, LOADED, after, changed, load, rendered

NEWER = changed(components={"argocd": {"version": "v3.5.8"}, "falco": {}})


def test_what_is_written_is_read_and_nothing_is_left_to_do(tmp_path: Path) -> None:
    write(tmp_path, changes({}, rendered({})))
    assert read_tree(tmp_path) == FIRST
    assert changes(FIRST, rendered(FIRST)) == []
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()} == {0o644}


def test_authorities_are_read_once_by_the_path_of_the_matrix(tmp_path: Path) -> None:
    """One that is not there is left out, and so is one that is no text."""
    there, gone, binary = (str(tmp_path / name) for name in ("ca.pem", "gone.pem", "ca.der"))
    Path(there).write_text("PEM", "utf-8")
    Path(binary).write_bytes(b"\xff\xfe")
    assert authorities(LOADED) == {}
    for path, found in ((there, {there: "PEM"}), (gone, {}), (binary, {})):
        assert authorities(load(changed(backup={"s3": {"endpoint": "s3.example.org", "ca_file": path}}))) == found


def test_stale_files_go_with_their_folders(tmp_path: Path) -> None:
    with_falco = after(FIRST, NEWER)
    write(tmp_path, changes({}, rendered({}, NEWER)))
    before = read_tree(tmp_path)
    write(tmp_path, changes(before, rendered(before)))
    assert "kubernetes/environments/dev/falco/values.yaml" in with_falco
    assert not (tmp_path / "kubernetes/environments/dev/falco").exists()
    assert (tmp_path / "kubernetes/releases/falco").exists()


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_run_that_ends_early_is_completed(tmp_path: Path, part: float) -> None:
    wanted = changes(FIRST, rendered(FIRST, NEWER))
    write(tmp_path, changes({}, rendered({})))
    write(tmp_path, wanted[: int(len(wanted) * part)])
    before = read_tree(tmp_path)
    write(tmp_path, changes(before, rendered(before, NEWER)))
    assert read_tree(tmp_path) == after(FIRST, NEWER)


def test_releases_are_written_before_what_names_them() -> None:
    order = [change.path.startswith("kubernetes/releases/") for change in changes(FIRST, rendered(FIRST, NEWER))]
    assert order == sorted(order, reverse=True)
    assert any(order)
    assert not all(order)


def test_git_and_binary_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\xff")
    (tmp_path / "link").symlink_to("logo.png")
    assert read_tree(tmp_path) == {}
