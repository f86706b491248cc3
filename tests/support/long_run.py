# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pytest plugin of ``make test-long``: keeps each result as soon as it is known, goes on after an interruption, writes docs/test-long.md.

Hours are long enough for a machine to go away. Results therefore go to a file at once, under the commit they belong to; the next run at this
commit skips test files of which every test has passed (tests of one file share a twin and build on each other, so files are the smallest
part). Another commit, or a change that is not committed, starts anew.

``make test-long TESTS=...`` runs some of the files; the page then keeps what it said of the others, each row with the commit it ran at.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import typing as t
from collections import Counter
from pathlib import Path

import pytest

from tests.bench.model import machine

RESULTS = Path(".build") / "test-long.jsonl"
PAGE = Path("docs") / "test-long.md"
ROW = re.compile(r"\| `(?P<test>[^`]+)` \| (?P<result>\w+)[^|]* \| \d+ \| (?P<commit>[^|]+) \|")


def content() -> str | None:
    """The commit that the files here are those of; None when there are changes, apart from the page that this plugin writes."""
    changes = _git("status", "--porcelain", "--", ".", f":!{PAGE}")
    return None if changes else _git("rev-parse", "--short", "HEAD")


def results(lines: t.Iterable[str], commit: str | None) -> list[dict[str, t.Any]]:
    """What earlier runs at this commit said, in order of time; nothing when the lines belong to another one."""
    rows = [json.loads(line) for line in lines]
    return rows if rows and commit and rows[0]["commit"] == commit else []


def passed_files(collected: t.Iterable[str], rows: t.Iterable[dict[str, t.Any]]) -> set[str]:
    """Test files of which every collected test has passed."""
    last = {row["test"]: row["result"] for row in rows if "test" in row}
    tests = [_name(nodeid) for nodeid in collected]
    return {_file(test) for test in tests} - {_file(test) for test in tests if last.get(test) != "passed"}


def page(rows: t.Sequence[dict[str, t.Any]], former: str = "") -> str:
    """docs/test-long.md: the last result of each test; what *former* says of files that were not run stays."""
    runs: list[list[dict[str, t.Any]]] = []
    for row in rows:
        if "machine" in row:
            runs.append([])
        runs[-1].append(row)
    commit = rows[0]["commit"] or "not committed"
    last = {row["test"]: row for row in rows if "test" in row}
    ran = {_file(test) for test in last}
    kept = [found for line in former.splitlines() if (found := ROW.fullmatch(line)) and _file(found["test"]) not in ran and Path(_file(found["test"])).exists()]
    machines = " and ".join(dict.fromkeys(run[0]["machine"] for run in runs))
    before = [line for line in former.splitlines() if any(line.startswith(f"- at {found['commit']}: ") for found in kept)]
    counted = Counter([row["result"] for row in last.values()] + [found["result"] for found in kept]).most_common()
    minutes = [f"{(run[-1]['time'] - run[0]['time']) / 60:.0f}" for run in runs]
    lines = [
        "# The last long test run",
        "",
        "Written by `make test-long`. Each test stands with the commit at which it ran last.",
        "",
        "- result: " + (", ".join(f"{number} {result}" for result, number in counted) or "no test ran"),
        f"- at {commit}: {machines}; minutes: " + ", then after an interruption ".join(minutes),
        *before,
        "",
        "| test | result | seconds | commit |",
        "|---|---|---|---|",
        *(f"| `{test}` | {_story(rows, test)} | {row['seconds']:.0f} | {commit} |" for test, row in last.items()),
        *(found[0] for found in kept),
    ]
    return "\n".join(lines) + "\n"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    done = passed_files((item.nodeid for item in items), _earlier())
    config.hook.pytest_deselected(items=[item for item in items if _file(item.nodeid) in done])
    items[:] = [item for item in items if _file(item.nodeid) not in done]


def pytest_sessionstart(session: pytest.Session) -> None:
    if not _is_worker(session.config):
        rows = [*_earlier(), {"commit": content(), "machine": machine(), "time": time.time()}]
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text("".join(json.dumps(row) + "\n" for row in rows))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ or (report.when != "call" and report.passed):
        return
    result = "error" if report.failed and report.when != "call" else report.outcome
    row = {"test": _name(report.nodeid), "result": result, "seconds": report.duration, "time": time.time(), "text": report.longreprtext}
    with RESULTS.open("a") as file:
        file.write(json.dumps(row) + "\n")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if not _is_worker(session.config):
        former = PAGE.read_text() if PAGE.exists() else ""
        PAGE.write_text(page([json.loads(line) for line in RESULTS.read_text().splitlines()], former))
        if exitstatus == pytest.ExitCode.OK:  # nothing is left to go on with: the next run is a whole one
            RESULTS.unlink()


def _earlier() -> list[dict[str, t.Any]]:
    return results(RESULTS.read_text().splitlines(), content()) if RESULTS.exists() else []


def _story(rows: t.Iterable[dict[str, t.Any]], test: str) -> str:
    """The last result of a test, and what it was before when that was another one: a test that does not always pass is not hidden."""
    *earlier, last = (row["result"] for row in rows if row.get("test") == test)
    others = [result for result in dict.fromkeys(earlier) if result != last]
    return f"{last}, before: {', '.join(others)}" if others else last


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _name(nodeid: str) -> str:
    """Without the group that xdist writes behind it."""
    return nodeid.partition("@")[0]


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()
