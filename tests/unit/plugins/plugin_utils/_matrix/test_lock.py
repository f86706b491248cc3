# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock file: URLs as the release pages have them, and nothing without a checksum."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.lock import read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems

SUM = "ab" * 32
TEXT = f"k3s:\n  v1.35.0+k3s3:\n    amd64: {{k3s: {SUM}, k3s-airgap-images-amd64.tar.zst: null}}\n    arm64: {{k3s-arm64: {SUM}}}\n"


def test_urls_and_checksums(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "versions.lock.yml"
    path.write_text(TEXT, "utf-8")
    lock = read_lock(path)
    found = lock.artifacts("https://mirror.example.org/k3s/", "v1.35.0+k3s3")
    base = "https://mirror.example.org/k3s/v1.35.0%2Bk3s3"
    assert {name: part["url"] for name, part in found["amd64"].items()} == {"binary": f"{base}/k3s", "images": f"{base}/k3s-airgap-images-amd64.tar.zst"}
    assert found["amd64"]["binary"]["checksum"] == SUM
    assert found["amd64"]["images"]["checksum"] is None
    assert found["arm64"]["binary"]["url"] == f"{base}/k3s-arm64"
    assert lock.unknown("v1.35.0+k3s3") == ["k3s.v1.35.0+k3s3.amd64.k3s-airgap-images-amd64.tar.zst"]
    assert lock.artifacts("https://mirror.example.org", "v9.9.9+k3s1") == {}


@pytest.mark.parametrize("text", ["k3s: 5", "k3s: {v1: {amd64: {k3s: abc}}}", "k3z: {}", f"k3s: {{v1: {{amd64: {{k3s: {SUM.upper()}}}}}}}"])
def test_malformed_lock_files_are_refused_with_their_place(text: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "versions.lock.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(MatrixProblems) as caught:
        read_lock(path)
    assert all(problem.code == "GW006" and problem.file == str(path) for problem in caught.value.problems)
