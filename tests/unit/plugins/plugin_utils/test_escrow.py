# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Escrow bundles, with the real age: what goes in comes out for the right key only, whole or not at all, and nothing lies around."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils import _escrow
from ansible_collections.groundwork.platform.plugins.plugin_utils._age import AgeError, encrypting

MANIFEST = _escrow.Manifest("site-dev", "node-1", "v1.35.0+k3s3", "on-demand-node-1-1795250000", "0" * 64, 7, "0123456789ab", "uid", 1795250000, "1795250000")
SECRETS = {"server-token": b"K10::server:planted-secret\n", "agent-token": b"agent\n"}


@pytest.fixture
def recipient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("SOPS_AGE_KEY", raising=False)
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "key"))
    return new_key(tmp_path / "key")


def new_key(path: Path) -> str:
    subprocess.run(["age-keygen", "--output", str(path)], check=True, capture_output=True)
    return subprocess.run(["age-keygen", "-y", str(path)], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def bundle(tmp_path: Path, recipient: str) -> Path:
    snapshot = tmp_path / "plain"
    snapshot.write_bytes(b"content" * 30_000)
    target = tmp_path / "kept" / f"on-demand{_escrow.SUFFIX}"
    target.parent.mkdir()
    _escrow.seal(target, [recipient], MANIFEST, SECRETS, snapshot)
    return target


def test_what_goes_in_comes_out(bundle: Path, tmp_path: Path) -> None:
    assert _escrow.unpack(bundle, tmp_path / "out") == MANIFEST
    assert (tmp_path / "out").read_bytes() == b"content" * 30_000
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600
    assert _escrow.secrets_of(bundle) == SECRETS


def test_only_the_bundle_is_kept_and_nobody_can_read_it(bundle: Path) -> None:
    assert list(bundle.parent.iterdir()) == [bundle]
    assert bundle.stat().st_mode & 0o777 == 0o600
    assert b"planted-secret" not in bundle.read_bytes()


def test_the_key_itself_in_the_environment(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY", (tmp_path / "key").read_text(encoding="utf-8"))
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", "/nonexistent")
    assert _escrow.secrets_of(bundle) == SECRETS


@pytest.mark.parametrize("left", [0, 100, 70_000, -1])
def test_a_truncated_one_is_refused(bundle: Path, left: int) -> None:
    bundle.write_bytes(bundle.read_bytes()[:left])
    with pytest.raises(AgeError, match="cannot be opened"):
        _escrow.secrets_of(bundle)


def test_somebody_elses_key(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_key(tmp_path / "other")
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "other"))
    with pytest.raises(AgeError, match="no identity matched"):
        _escrow.unpack(bundle, tmp_path / "out")


def test_a_file_of_something_else(tmp_path: Path, recipient: str) -> None:
    with encrypting(tmp_path / "other", [recipient]) as pipe:
        pipe.write(b"no archive")
    with pytest.raises(_escrow.EscrowError, match="no escrow bundle"):
        _escrow.secrets_of(tmp_path / "other")


def test_a_wrong_recipient_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"x")
    with pytest.raises(AgeError, match="malformed recipient"):
        _escrow.seal(tmp_path / "bundle", ["age1wrong"], MANIFEST, SECRETS, tmp_path / "plain")
    assert [path.name for path in tmp_path.iterdir()] == ["plain"]


def test_without_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "plain").write_bytes(b"x")
    with pytest.raises(AgeError, match=r"age cannot be run .*install it"):
        _escrow.seal(tmp_path / "bundle", ["age1wrong"], MANIFEST, SECRETS, tmp_path / "plain")
