# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images a host has: those of every host and those that were added since."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.twin.cgroups import TwinCgroups
from lab.twin.guest import IMAGES, keep_images
from lab.twin.host import Place


def test_a_host_that_boots_later_has_what_was_added_since(tmp_path: Path) -> None:
    added, built, always = tmp_path / "images", tmp_path / "cache" / "database.tar.zst", Path("/cache/argocd.tar.zst")
    place = Place(tmp_path / "hosts", tmp_path, TwinCgroups("t"), None, (str(always),), added)
    assert place.archives() == {always.name: always}, "a folder that nobody has made"
    for folder in (added, built.parent):
        folder.mkdir()
    built.write_bytes(b"an image")
    (added / "database.tar.zst").symlink_to(built)
    (added / "notes.txt").write_text("no image")
    assert place.archives() == {always.name: always, built.name: built}


@pytest.mark.parametrize("one_file_system", [True, False])
def test_images_lie_on_the_hosts_own_disk_and_what_is_there_stays(one_file_system: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host, built = tmp_path / "host", tmp_path / "database.tar.zst"
    folder = host / "disk" / IMAGES
    keep_images(host, {})
    assert not folder.exists(), "a host without archives is left as it is"
    built.write_bytes(b"an image")

    def refused(_self: Path, _target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    if not one_file_system:
        monkeypatch.setattr(Path, "hardlink_to", refused)
    keep_images(host, {built.name: built})
    kept = folder / built.name
    assert kept.read_bytes() == b"an image"
    assert kept.samefile(built) is one_file_system
    before = kept.stat().st_mtime_ns
    keep_images(host, {built.name: built})
    assert kept.stat().st_mtime_ns == before
