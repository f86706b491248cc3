# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a secret comes from, and what is said when it cannot be had."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._secrets import SecretError, SecretFile, environment_name

HEADER = "vcenter-a: {password: x}\nsops: {age: [{recipient: age1example, enc: x}]}\n"


def secret_file(folder: pathlib.Path, plain: object) -> tuple[SecretFile, list[str]]:
    path = folder / "secrets.sops.yml"
    path.write_text(HEADER, "utf-8")
    asked: list[str] = []

    def decrypt(name: str) -> bytes:
        asked.append(name)
        if isinstance(plain, Exception):
            raise plain
        return json.dumps(plain).encode()

    return SecretFile(str(path), decrypt), asked


def test_names_in_the_environment() -> None:
    assert environment_name("vcenter-a/password") == "GROUNDWORK_SECRET_VCENTER_A_PASSWORD"
    assert environment_name("k3s/dev/server-token") == "GROUNDWORK_SECRET_K3S_DEV_SERVER_TOKEN"


def test_the_file_is_decrypted_once(tmp_path: pathlib.Path) -> None:
    found, asked = secret_file(tmp_path, {"vcenter-a": {"username": "u", "password": "p"}})
    assert asked == []
    assert [found.value("vcenter-a/username"), found.value("vcenter-a/password")] == ["u", "p"]
    assert len(asked) == 1


def test_a_missing_key_names_key_file_and_both_ways(tmp_path: pathlib.Path) -> None:
    found, _asked = secret_file(tmp_path, {"vcenter-a": "not a mapping"})
    with pytest.raises(KeyError, match=r"'vcenter-a/password' is not in .*secrets\.sops\.yml; set GROUNDWORK_SECRET_VCENTER_A_PASSWORD, or add it with: sops"):
        found.value("vcenter-a/password")


def test_a_missing_file_is_a_missing_key(tmp_path: pathlib.Path) -> None:
    with pytest.raises(KeyError, match="there is no file"):
        SecretFile(str(tmp_path / "none.yml"), lambda _path: b"").value("a/b")


def test_a_file_that_cannot_be_decrypted_names_the_key_that_is_needed(tmp_path: pathlib.Path) -> None:
    found, _asked = secret_file(tmp_path, SecretError("no key"))
    with pytest.raises(SecretError, match="no key; it needs the private key of age1example, in SOPS_AGE_KEY_FILE"):
        found.value("vcenter-a/password")
