# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Build outputs are found by what they were built from."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.twin import artefacts
from lab.twin.run import CommandFailed


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lab with one recipe that counts its runs, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "lab" / "thing"
    folder.mkdir(parents=True)
    recipe(folder, f'echo run >> {tmp_path}/runs; cp "$(dirname "$0")/source" "$1/result"')
    (folder / "source").write_text("one")
    return tmp_path / "lab"


def recipe(folder: Path, command: str) -> None:
    (folder / "build").write_text(f"#!/bin/sh\nset -e\n{command}\n")
    (folder / "build").chmod(0o755)


def runs(lab: Path) -> int:
    log = lab.parent / "runs"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_the_same_source_is_built_once(lab: Path) -> None:
    assert (artefacts.build("thing", lab) / "result").read_text() == "one"
    assert artefacts.build("thing", lab) == artefacts.output("thing", lab)
    assert runs(lab) == 1


def test_changed_source_is_built_anew_and_the_old_output_stays(lab: Path) -> None:
    first = artefacts.build("thing", lab)
    (lab / "thing/source").write_text("two")
    second = artefacts.build("thing", lab)
    assert (first / "result").read_text() == "one"
    assert (second / "result").read_text() == "two"


def test_a_failed_build_leaves_no_output_and_says_why(lab: Path) -> None:
    recipe(lab / "thing", 'echo half > "$1/result"; echo no such compiler >&2; exit 3')
    with pytest.raises(CommandFailed, match=r"exit code 3[\s\S]*no such compiler"):
        artefacts.build("thing", lab)
    assert not artefacts.output("thing", lab).exists()


def test_a_build_that_was_killed_is_repeated(lab: Path) -> None:
    leftover = artefacts.output("thing", lab).with_suffix(".partial")
    leftover.mkdir(parents=True)
    (leftover / "half").touch()
    assert [path.name for path in artefacts.build("thing", lab).iterdir()] == ["result"]


def test_an_unknown_name_lists_the_known_ones(lab: Path) -> None:
    with pytest.raises(CommandFailed, match="there are: thing"):
        artefacts.build("thin", lab)


def test_mode_name_and_content_count_but_not_tests_texts_and_what_editors_leave(lab: Path) -> None:
    folder = lab / "thing"
    before = artefacts.content_hash(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/x.pyc").touch()
    (folder / ".source.swp").touch()
    (folder / "source_test.go").touch()
    (folder / "README.md").touch()
    assert artefacts.content_hash(folder) == before
    (folder / "source").chmod(0o755)
    executable = artefacts.content_hash(folder)
    (folder / "source").rename(folder / "sauce")
    assert len({before, executable, artefacts.content_hash(folder)}) == 3
