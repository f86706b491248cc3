# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup: environment first, then the file, then the default."""

from __future__ import annotations

import pathlib

import pytest
from ansible.errors import AnsibleLookupError
from ansible.plugins.loader import lookup_loader


def look_up(*keys: str, variables: dict[str, str] | None = None, **options: str) -> list[str]:
    found: list[str] = lookup_loader.get("groundwork.platform.secret").run(list(keys), variables or {}, **options)
    return found


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_SECRET_A_B", "one")
    monkeypatch.setenv("GROUNDWORK_SECRET_C", "")
    assert look_up("a/b", "c", file="/nonexistent/secrets.yml") == ["one", ""]


def test_a_default_stands_in_for_what_nobody_gave(tmp_path: pathlib.Path) -> None:
    assert look_up("k3s/dev/server-token", file=str(tmp_path / "none.yml"), default="") == [""]


def test_the_variable_of_the_inventory_names_the_file(tmp_path: pathlib.Path) -> None:
    with pytest.raises(AnsibleLookupError, match=r"there is no file .*none\.yml"):
        look_up("a/b", variables={"groundwork_secrets_file": str(tmp_path / "none.yml")})


def test_without_a_file_the_error_says_what_to_give() -> None:
    with pytest.raises(AnsibleLookupError, match="give file="):
        look_up("a/b")


def test_an_unreadable_file_is_an_error_even_with_a_default(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secrets.sops.yml"
    path.write_text("a: ENC[x]\nsops: {age: [{recipient: age1example}]}\n", "utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AnsibleLookupError, match=r"secrets\.sops\.yml"):
        look_up("a", file=str(path), default="x")
