# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loading: everything wrong at once, in file order, at the right place."""

from __future__ import annotations

import pathlib
import re
import shutil

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix import cli
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems

from tests.unit.plugins.plugin_utils._matrix.fixtures import ROOT

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
LINE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+) (warning )?(?P<code>GW\d{3}) (?P<what>[^;]+); (?P<remedy>.+)")


def changed(folder: pathlib.Path, *changes: tuple[str, str]) -> pathlib.Path:
    text = (ROOT / "base.yml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    shutil.copy(ROOT / "versions.lock.yml", folder)
    (folder / "matrix.yml").write_text(text, "utf-8")
    return folder / "matrix.yml"


def test_structure_and_meaning_are_reported_together_in_file_order(tmp_path: pathlib.Path) -> None:
    path = changed(
        tmp_path,
        ("  id: example", "  id: Example"),
        ("  os: debian-13", "  os: debian-13\n  tmezone: x"),
        ("memory_gb: 8, ", "memory: 8, "),
        ("gateway: 198.51.100.1", "gateway: 198.51.101.1"),
        ("hosts: [ESX1, ESX2, ESX3]", "hosts: [ESX1, ESX2, EXS3]"),
    )
    with pytest.raises(MatrixProblems) as caught:
        load_matrix(path)
    lines = str(caught.value).splitlines()
    found = [LINE.fullmatch(line) for line in lines[:-1]]
    codes = [match["code"] for match in found if match]
    assert codes == ["GW101", "GW004", "GW203", "GW005", "GW004", "GW301"]
    assert [int(match["line"]) for match in found if match] == sorted(int(match["line"]) for match in found if match)
    assert "did you mean 'timezone'?" in lines[1]
    assert "did you mean 'ESX3'?" in lines[5]
    assert lines[-1] == "6 problems"


def test_a_faulty_entry_is_not_also_an_unknown_reference(tmp_path: pathlib.Path) -> None:
    path = changed(tmp_path, ("ESX1: {vcenter: vc, ", "ESX1: {"))
    with pytest.raises(MatrixProblems) as caught:
        load_matrix(path)
    assert [problem.code for problem in caught.value.problems] == ["GW005"]


def test_several_duplicate_keys_are_all_reported(tmp_path: pathlib.Path) -> None:
    path = changed(tmp_path, ("  id: example", "  id: example\n  id: example"), ("  lab: {vlan", "  live: {vlan"))
    with pytest.raises(MatrixProblems) as caught:
        load_matrix(path)
    assert [(problem.code, problem.line) for problem in caught.value.problems] == [("GW003", 8), ("GW003", 25)]


def test_a_bad_value_of_an_overlay_is_reported_in_the_overlay(tmp_path: pathlib.Path) -> None:
    path = changed(tmp_path)
    overlay = tmp_path / "overlay.yml"
    overlay.write_text("- path: environments.lab.vip\n  value: 192.0.2.21\n  why: a test\n", "utf-8")
    with pytest.raises(MatrixProblems) as caught:
        load_matrix(path, [overlay])
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column, problem.code) == (str(overlay), 2, 10, "GW201")


@pytest.mark.parametrize("text", ["", "[]", "42", "null", "site: 5", "site: [1]\nenvironments: 7", "? [a]\n: b", "a: &x [*x]", BOMB, "- 2026-99-99", "\x00"])
def test_strange_files_give_problems_and_no_traceback(text: str, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "matrix.yml"
    path.write_text(text, "utf-8")
    assert cli.main(["validate", str(path)]) == 1
    error = capsys.readouterr().err
    assert LINE.match(error.splitlines()[0]), error
    assert "Traceback" not in error


@pytest.mark.parametrize("secret", ["password: hunter2hunter2", "port_groups: AGE-SECRET-KEY-1HUNTER2", "port: 'https://user:hunter2@vc'"])
def test_the_value_of_a_secret_is_not_printed(secret: str, tmp_path: pathlib.Path) -> None:
    path = changed(tmp_path, ("  vc: {version: 8.0.3, port_groups: {lab: vlan-100, live: vlan-200}}", f"  vc: {{version: 8.0.3, {secret}}}"))
    with pytest.raises(MatrixProblems) as caught:
        load_matrix(path)
    assert "GW601" in str(caught.value)
    assert "hunter2" not in str(caught.value).lower()


def test_command_line_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate", str(ROOT / "base.yml")]) == 0
    printed = capsys.readouterr().out
    assert "site.timezone: time zone of the machines" in printed
    assert printed.splitlines()[-1].endswith("no problems, 12 values missing")


def test_a_pair_that_refuses_each_other(tmp_path: pathlib.Path) -> None:
    path = changed(tmp_path, ("os: debian-13", "os: rocky-8"))
    with pytest.raises(MatrixProblems) as caught:
        load_matrix(path)
    assert [problem.code for problem in caught.value.problems] == ["GW504"]
    assert "Kubernetes 1.35 refuses the cgroup v1 of rocky-8" in str(caught.value)
