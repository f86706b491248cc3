# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All quality gates. Each must find nothing, and none may be told to look away."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from lab.twin import golang
from tests.gates import artefact
from tests.gates.policy import policy
from tests.gates.sanity import sanity
from tests.gates.shell import IN_TREE, ROOT, Finding, Shell, project_files, venv


@dataclass(frozen=True)
class Gate:
    """One gate: its name, what it sees to, and the function that raises `Finding`."""

    name: str
    sees_to: str
    check: t.Callable[[Shell], object]


def mypy(shell: Shell) -> None:
    """Plugins under the name they are imported by, everything else under its path."""
    shell.run("mypy", IN_TREE / "plugins", *(folder for folder in ("lab", "tests") if any((ROOT / folder).rglob("*.py"))))


def shellcheck(shell: Shell) -> None:
    """Every file that says that it is a shell script."""
    scripts = [name for name in project_files() if first_line(ROOT / name).startswith(("#!/bin/sh", "#!/bin/bash", "#!/usr/bin/env bash"))]
    shell.run("shellcheck", *scripts)


def first_line(path: Path) -> str:
    """The first line of a file, empty for binary ones."""
    with path.open("rb") as file:
        return file.readline(200).decode("utf-8", "ignore")


#: Half of Kubernetes hangs on these: they are compiled by those who raise a twin that is run from Git, and by nobody else.
COMPILED_ON_DEMAND: t.Final = ("lab/cert-manager",)


def go(shell: Shell) -> None:
    """Format, vet and unit tests of every Go module, with the flags of the builds, so that both share one build cache."""
    compiler = golang.find()
    files = [Path(name) for name in project_files()]
    modules = {name.parent for name in files if name.name == "go.mod"}
    # A module without sources only pins somebody else's program.
    sources = {next(parent for parent in name.parents if parent in modules) for name in files if name.suffix == ".go"}
    for folder in sorted(sources):
        module = ROOT / folder
        if shell.run(compiler.with_name("gofmt"), "-l", ".", cwd=module).strip():
            raise Finding(f"gofmt would change files of {folder}")
        if str(folder) in COMPILED_ON_DEMAND:
            continue
        for command in (["vet"], ["test", "-vet=off"]):
            shell.run(compiler, *command, "./...", cwd=module, env={"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath"})


GATES: t.Final = (
    Gate("policy", "licence headers, no silenced checks", policy),
    Gate("ruff", "Python style and mistakes", lambda shell: shell.run("ruff", "check", ".")),
    Gate("mypy", "Python types, strict", mypy),
    Gate("yamllint", "YAML style", lambda shell: shell.run("yamllint", "--strict", ".")),
    Gate("shellcheck", "shell scripts", shellcheck),
    Gate("go", "gofmt, go vet and go test of lab/", go),
    Gate("ansible-lint", "roles and playbooks, profile production", lambda shell: shell.run("ansible-lint", "--offline", "--nocolor")),
    Gate("changelog", "changelog fragments", lambda shell: shell.run("antsibull-changelog", "lint")),
    Gate(
        "docs",
        "plugin and role documentation",
        lambda shell: shell.run(
            *("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self", "--check-extra-docs-refs", "."), cwd=IN_TREE
        ),
    ),
    Gate("artefact", "builds, installs into an empty path, playbooks parse there", artefact.installs),
    Gate("importer", "what Galaxy says on import", artefact.imports),
    Gate("sanity", "ansible-test sanity, ansible-core 2.20", sanity),
    Gate("sanity-next", "ansible-test sanity, newest ansible-core", lambda shell: sanity(shell, venv(shell, "core-next"))),
)
