# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Which Go builds the lab."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.twin import golang
from lab.twin.paths import CHECKOUT


@pytest.mark.parametrize(("text", "version"), [("go version go1.26.8 linux/amd64", (1, 26, 8)), ("go version go1.9 linux", (1, 9, 0)), ("gccgo 12", None)])
def test_the_version_is_read_from_what_go_says(text: str, version: tuple[int, int, int] | None) -> None:
    assert golang.version_of(text) == version


def compiler(folder: Path, version: str) -> Path:
    """A program that says it is that version of Go."""
    folder.mkdir()
    (folder / "go").write_text(f"#!/bin/sh\necho go version go{version} linux/amd64\n")
    (folder / "go").chmod(0o755)
    return folder / "go"


@pytest.mark.parametrize(("version", "taken"), [("1.24.9", False), ("1.26.3", False), ("1.26.4", True), ("1.30.1", True), ("2.0", True)])
def test_the_go_on_path_is_taken_when_it_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool) -> None:
    own, fetched = compiler(tmp_path / "own", version), tmp_path / "fetched"
    monkeypatch.setenv("PATH", f"{own.parent}:/bin:/usr/bin")
    monkeypatch.setattr(golang, "USUAL", tmp_path / "nowhere")
    monkeypatch.setattr(golang, "_from_pypi", lambda: fetched)
    assert golang.find() == (own if taken else fetched)


def test_nothing_asks_for_a_newer_one() -> None:
    texts = {path.parent.name: path.read_text().partition("\ngo ")[2] for path in (CHECKOUT / "lab").glob("*/go.mod")}
    asked = {name: golang.version_of(f"go{text}") for name, text in texts.items()}
    assert asked
    assert {name: version for name, version in asked.items() if version is None or version > golang.MINIMUM} == {}
