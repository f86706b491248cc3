# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Which K3s a twin installs, and that its lock file tells the truth about it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from lab.twin import k3s_files
from lab.twin.run import CommandFailed

VERSION = "v1.35.0+k3s3"
OLDER = "v1.34.3+k3s1"
BINARY = b"the real thing"
GOOD = hashlib.sha256(BINARY).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def source(tmp_path: Path) -> Iterator[str]:
    """A download site with one release."""
    folder = tmp_path / "site" / VERSION
    folder.mkdir(parents=True)
    (folder / "k3s").write_bytes(BINARY)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in that needs no building, an empty cache, no proxy."""
    for name in (f"k3s/{OLDER}/k3s", f"k3s/{VERSION}/k3s", "images/k3s-airgap-images-amd64.tar.zst"):
        (tmp_path / "built" / name).parent.mkdir(parents=True)
        (tmp_path / "built" / name).write_text(f"stand-in {name}")
    monkeypatch.setattr("lab.twin.artefacts.build", lambda name: tmp_path / "built" / name)
    monkeypatch.setattr("lab.twin.artefacts.buildable", lambda: ["images", "k3s"])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")


def fill(tmp_path: Path, source: str, checksum: str | None) -> tuple[str, dict[str, str]]:
    """What is said, and the lock file's checksums, each of which must be true of the mirror's file."""
    which = k3s_files.fill(tmp_path / "mirror", tmp_path / "lock.yml", source, {VERSION: {"k3s": checksum}})
    lock: dict[str, str] = yaml.safe_load((tmp_path / "lock.yml").read_text())["k3s"][VERSION]["amd64"]
    for name, digest in lock.items():
        assert k3s_files.file_hash(tmp_path / "mirror" / "k3s" / VERSION / name) == digest
    return which, lock


def test_a_release_with_known_checksum_is_downloaded_and_used(tmp_path: Path, source: str) -> None:
    which, lock = fill(tmp_path, source, GOOD)
    assert which.startswith("the real K3s v1.35.0+k3s3")
    assert lock == {"k3s": GOOD}
    assert not (tmp_path / "mirror" / "k3s" / OLDER).exists()


def test_a_downloaded_release_is_not_downloaded_again(tmp_path: Path, source: str) -> None:
    fill(tmp_path, source, GOOD)
    (tmp_path / "site" / VERSION / "k3s").unlink()
    (tmp_path / "second").mkdir()
    which, _lock = fill(tmp_path / "second", source, GOOD)
    assert which.startswith("the real K3s")


def test_without_the_owners_checksum_nothing_is_downloaded(tmp_path: Path, source: str) -> None:
    which, lock = fill(tmp_path, source, None)
    assert which.startswith("the stand-in for K3s v1.35.0+k3s3")
    assert set(lock) == {"k3s", "k3s-airgap-images-amd64.tar.zst"}


def test_the_stand_in_is_offered_as_every_release_for_rehearsing_upgrades(tmp_path: Path, source: str) -> None:
    fill(tmp_path, source, None)
    offered = yaml.safe_load((tmp_path / "lock.yml").read_text())["k3s"]
    assert set(offered) == {OLDER, VERSION} == set(k3s_files.stand_in_releases())
    assert offered[OLDER]["amd64"]["k3s"] != offered[VERSION]["amd64"]["k3s"]


def test_a_release_that_the_stand_in_is_not_built_as_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(CommandFailed, match=r"no release v1\.99\.0\+k3s1 but .*; add it to lab/k3s/releases\.txt"):
        k3s_files.fill(tmp_path / "mirror", tmp_path / "lock.yml", source, {"v1.99.0+k3s1": {}})


@pytest.mark.parametrize("where", ["http://127.0.0.1:9", "{source}/missing"])
def test_where_the_download_is_refused_the_stand_in_is_used(tmp_path: Path, source: str, where: str) -> None:
    which, _lock = fill(tmp_path, where.format(source=source), GOOD)
    assert which.startswith("the stand-in")


def test_a_wrong_checksum_is_an_error_and_nothing_is_kept(tmp_path: Path, source: str) -> None:
    with pytest.raises(CommandFailed, match="does not have the checksum"):
        fill(tmp_path, source, "0" * 64)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_folder_of_the_machine_is_no_download_site(tmp_path: Path, source: str) -> None:
    del source
    which, _lock = fill(tmp_path, (tmp_path / "site").as_uri(), GOOD)
    assert which.startswith("the stand-in")
