# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""House rules that no linter knows: a licence header in every source file, no silenced check, no path of somebody's machine."""

from __future__ import annotations

import re

from tests.gates.shell import ROOT, Finding, Shell, project_files

SOURCES = re.compile(r"\.(py|sh|go|yml|yaml|cfg|toml)$|(^|/)Makefile$")
WITHOUT_HEADER = re.compile(r"^(changelogs/changelog\.yaml|changelogs/fragments/|tests/fixtures/|docs/|lab/guest/files/|inventories/.*sops)|testdata/")
HEADER = re.compile(r"SPDX-License-Identifier: GPL-3\.0-or-later")
# Spelled apart, so that this file does not find itself.
SILENCED = re.compile("no" + r"qa\b|type:" + r"\s*ignore|pylint:" + r"\s*disable|no" + r"sec\b|no" + r"lint|(shellcheck|yamllint) " + "disable")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
SOMEBODYS = re.compile(r"(?<![\w.])/(?:wo" + r"rk|fa" + r"rm|root/\.pyenv)/[\w.-]+")


def policy(shell: Shell) -> None:
    """Report every breach as file:line."""
    breaches = []
    for name in project_files():
        try:
            text = (ROOT / name).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        is_source = bool(text.strip()) and bool(SOURCES.search(name) or text.startswith("#!"))
        if is_source and not WITHOUT_HEADER.search(name) and not HEADER.search(text[:600]):
            breaches.append(f"{name}:1 has no SPDX licence header")
        for number, line in enumerate(text.splitlines(), 1):
            if is_source and SILENCED.search(line):
                breaches.append(f"{name}:{number} silences a check")
            if is_source and UNFINISHED.search(line):
                breaches.append(f"{name}:{number} says that it is unfinished")
            if SOMEBODYS.search(line):
                breaches.append(f"{name}:{number} names a path of one machine")
    shell.say("\n".join(breaches))
    if breaches:
        raise Finding(f"{len(breaches)} breach(es)")
