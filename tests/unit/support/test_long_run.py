# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin of ``make test-long``: what an interrupted run has proved is not run again at the same commit, everything else is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tests.support.long_run import ROW

CHECKOUT = Path(__file__).resolve().parents[3]
STEADY = "def test_one():\n    pass\n\ndef test_two():\n    pass\n"
SHAKY = "from pathlib import Path\n\ndef test_first():\n    pass\n\ndef test_second():\n    assert Path('mended').exists()\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with a test file that passes and one that fails until somebody mends the world."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "test-long.md").write_text("nothing yet\n")
    (tmp_path / ".gitignore").write_text(".build/\n.pytest_cache/\n__pycache__/\nmended\n")
    (tmp_path / "test_steady.py").write_text(STEADY)
    (tmp_path / "test_shaky.py").write_text(SHAKY)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments], cwd=folder, check=True)


def git_says(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "state")


def run(folder: Path, *arguments: str) -> str:
    """Standard output of the tests in `folder` with the plugin, as `make test-long` runs them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.long_run", *arguments]
    return subprocess.run(command, cwd=folder, env=environment | {"PYTHONPATH": str(CHECKOUT)}, check=False, capture_output=True, text=True).stdout


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "loadgroup")])
def test_a_run_goes_on_with_the_files_that_have_not_passed(checkout: Path, workers: tuple[str, ...]) -> None:
    assert "1 failed, 3 passed" in run(checkout, *workers)
    (checkout / "mended").touch()
    said = run(checkout, *workers)
    assert "2 passed" in said  # both of the file, because its tests build on each other
    assert "steady" not in said
    page = (checkout / "docs" / "test-long.md").read_text()
    assert "- result: 4 passed\n" in page
    assert "then after an interruption" in page
    assert len(re.findall(r"\| passed \| \d+ \|", page)) == 3
    assert "test_second` | passed, before: failed |" in page


def test_another_commit_starts_anew(checkout: Path) -> None:
    run(checkout)
    (checkout / "test_shaky.py").write_text(STEADY)
    commit(checkout)
    assert "4 passed" in run(checkout)
    assert "interruption" not in (checkout / "docs" / "test-long.md").read_text()


def test_a_run_of_some_files_keeps_what_the_page_says_of_the_others(checkout: Path) -> None:
    (checkout / "mended").touch()
    run(checkout)
    first = git_says(checkout, "rev-parse", "--short", "HEAD")
    (checkout / "test_steady.py").write_text("def test_other():\n    pass\n")
    commit(checkout)
    second = git_says(checkout, "rev-parse", "--short", "HEAD")
    assert "1 passed" in run(checkout, "test_steady.py")
    page = (checkout / "docs" / "test-long.md").read_text()
    assert "- result: 3 passed\n" in page
    assert page.count("\n- at ") == 2
    assert "test_one" not in page
    rows = [(row["test"], row["commit"]) for line in page.splitlines() if (row := ROW.fullmatch(line))]
    assert rows == [("test_steady.py::test_other", second), ("test_shaky.py::test_first", first), ("test_shaky.py::test_second", first)]
    commit(checkout)
    assert "3 passed" in run(checkout)
    assert first not in (checkout / "docs" / "test-long.md").read_text()


def test_after_a_run_that_passed_everything_is_run_again(checkout: Path) -> None:
    (checkout / "mended").touch()
    assert "4 passed" in run(checkout)
    assert "4 passed" in run(checkout)
    assert "interruption" not in (checkout / "docs" / "test-long.md").read_text()


def test_a_change_that_is_not_committed_starts_anew_and_is_never_skipped(checkout: Path) -> None:
    run(checkout)
    (checkout / "test_shaky.py").write_text(STEADY)
    assert "4 passed" in run(checkout)
    assert "4 passed" in run(checkout)


def test_results_are_kept_as_soon_as_they_are_known(checkout: Path) -> None:
    (checkout / "test_shaky.py").write_text("import os\n\ndef test_first():\n    pass\n\ndef test_second():\n    os._exit(9)\n")
    commit(checkout)
    run(checkout, "test_steady.py", "test_shaky.py")
    rows: list[dict[str, t.Any]] = [json.loads(line) for line in (checkout / ".build" / "test-long.jsonl").read_text().splitlines()]
    assert [row["test"] for row in rows if "test" in row] == ["test_steady.py::test_one", "test_steady.py::test_two", "test_shaky.py::test_first"]


def test_a_broken_fixture_is_an_error_and_does_not_count_as_passed(checkout: Path) -> None:
    broken = "import pytest\n\n@pytest.fixture\ndef twin():\n    yield\n    raise RuntimeError\n\ndef test_in_it(twin):\n    pass\n"
    (checkout / "test_shaky.py").write_text(broken)
    commit(checkout)
    run(checkout)
    assert "- result: 2 passed, 1 error\n" in (checkout / "docs" / "test-long.md").read_text()
    assert "1 passed" in run(checkout)
