# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host is started with: archives of images, those of every host and those that were added since."""

from __future__ import annotations

from pathlib import Path

from lab.twin.cgroups import TwinCgroups
from lab.twin.host import Place, nspawn


def bound(place: Place) -> list[str]:
    """The read-only files of a host that boots now."""
    command = nspawn("node-1", Path("/root"), Path("/netns"), Path("/host"), place.archives())
    return [argument.removeprefix("--bind-ro=") for argument in command if argument.startswith("--bind-ro=")]


def test_a_host_that_boots_later_has_what_was_added_since(tmp_path: Path) -> None:
    added, built = tmp_path / "images", tmp_path / "cache" / "database.tar.zst"
    place = Place(tmp_path / "hosts", tmp_path, TwinCgroups("t"), None, ("/cache/argocd.tar.zst",), added)
    always = "/cache/argocd.tar.zst:/var/lib/rancher/k3s/agent/images/argocd.tar.zst"
    assert bound(place) == [always], "a folder that nobody has made"
    for folder in (added, built.parent):
        folder.mkdir()
    built.write_bytes(b"an image")
    (added / "database.tar.zst").symlink_to(built)
    (added / "notes.txt").write_text("no image")
    assert bound(place) == [always, f"{built}:/var/lib/rancher/k3s/agent/images/database.tar.zst"]
