# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a snapshot says of itself: read from one that a real etcd made (tests/fixtures/snapshot), and from what is left of it after harm."""

from __future__ import annotations

import hashlib
import lzma
import zipfile
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import bolt, snapshot, token
from hypothesis import given
from hypothesis import strategies as st

WHOLE = lzma.decompress((Path(__file__).parents[4] / "fixtures" / "snapshot" / "etcd-3.6.7.xz").read_bytes())


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    path = tmp_path / "on-demand-node-1-1795250000"
    path.write_bytes(WHOLE)
    return path


def test_everything_it_says(whole: Path) -> None:
    found = snapshot.read(whole)
    assert found == snapshot.Snapshot(
        sha256=hashlib.sha256(WHOLE).hexdigest(),
        size=len(WHOLE),
        revision=found.revision,
        fingerprint=token.key_name("a" * 32),
        cluster="0a1b2c3d-0000-4000-8000-000000000001",
        nodes={"node-1": "v1.35.0+k3s3", "node-2": "v1.35.0+k3s3"},
    )
    assert found.revision > 300


def test_a_compressed_one(whole: Path, tmp_path: Path) -> None:
    packed = tmp_path / "on-demand-node-1-1795250000.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(whole, whole.name)
    folder = tmp_path / "out"
    folder.mkdir()
    plain = snapshot.unpacked(packed, folder)
    assert plain.read_bytes() == WHOLE
    assert snapshot.unpacked(plain, folder) == plain
    packed.write_bytes(packed.read_bytes()[:-100])
    with pytest.raises(snapshot.NotASnapshot, match="no whole zip"):
        snapshot.unpacked(packed, folder)


@pytest.mark.parametrize("content", [b"", b"short", WHOLE[:-1], WHOLE[: len(WHOLE) // 2], WHOLE[:100] + b"!" + WHOLE[101:], b"\0" * 4096])
def test_truncated_changed_or_something_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "snapshot"
    path.write_bytes(content)
    with pytest.raises(snapshot.NotASnapshot, match=r"bytes|SHA-256"):
        snapshot.read(path)


def test_a_checksum_over_something_else(tmp_path: Path) -> None:
    path = tmp_path / "snapshot"
    path.write_bytes(b"no database" * 500 + hashlib.sha256(b"no database" * 500).digest())
    with pytest.raises(snapshot.NotASnapshot, match="no valid header"):
        snapshot.read(path)


@given(st.integers(0, len(WHOLE) - 33), st.binary(min_size=1, max_size=40))
def test_damage_ends_in_a_refusal_or_an_answer_and_never_in_another_error(at: int, harm: bytes) -> None:
    """The checksum is what vouches for the bytes; the reader only has to end."""
    data = bytearray(WHOLE[:-32])
    data[at : at + len(harm)] = harm
    try:
        pairs = len(list(bolt.pairs(bytes(data), b"key")))
    except bolt.NotADatabase:
        pairs = 0
    assert pairs >= 0
