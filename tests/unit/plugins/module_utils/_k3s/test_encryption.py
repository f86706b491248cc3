# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's encryption of Secrets, as its files and its Node tell."""

from __future__ import annotations

import hashlib
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import encryption
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths

KEYS = [{"name": "aescbckey-2026-11-21T12:00:00Z", "secret": "c2VjcmV0"}, {"name": "aescbckey", "secret": "b2xk"}]


def write(root: Path, *providers: dict[str, t.Any]) -> Paths:
    paths = Paths(root=root)
    cred = paths.server_dir / "cred"
    cred.mkdir(parents=True)
    (cred / "encryption-config.json").write_text(json.dumps({"resources": [{"resources": ["secrets"], "providers": list(providers)}]}))
    (cred / "encryption-state.json").write_text("start-1234")
    return paths


def test_key_and_stage_without_any_secret(tmp_path: Path) -> None:
    paths = write(tmp_path, {"aescbc": {"keys": KEYS}}, {"identity": {}})
    seen = encryption.look(paths, {encryption.ANNOTATION: "reencrypt_finished-abcd"})
    assert seen is not None
    assert (seen.enabled, seen.key, seen.stage) == (True, "aescbckey-2026-11-21T12:00:00Z", "reencrypt_finished")
    assert seen.key_made == 1795262400.0
    assert seen.digest == hashlib.sha256((paths.server_dir / "cred/encryption-config.json").read_bytes()).hexdigest()
    assert "c2VjcmV0" not in repr(seen)


def test_a_server_that_is_down_says_what_it_noted(tmp_path: Path) -> None:
    seen = encryption.look(write(tmp_path, {"secretbox": {"keys": KEYS[1:]}}, {"identity": {}}), {})
    assert seen is not None
    assert (seen.stage, seen.key, seen.key_made) == ("start", "aescbckey", 0.0)


def test_identity_first_is_no_encryption(tmp_path: Path) -> None:
    seen = encryption.look(write(tmp_path, {"identity": {}}, {"aescbc": {"keys": KEYS}}), {})
    assert seen is not None
    assert not seen.enabled


@pytest.mark.parametrize("text", ["", "{}", '{"resources": []}', '{"resources": [{"providers": [{}]}]}'])
def test_no_usable_configuration(tmp_path: Path, text: str) -> None:
    paths = write(tmp_path)
    (paths.server_dir / "cred/encryption-config.json").write_text(text)
    assert encryption.look(paths, {}) is None
    assert encryption.look(Paths(root=tmp_path / "empty"), {}) is None
