# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure and write docs/benchmarks.md: `python -m tests.bench [NAME…]`.

A benchmark is a module tests/bench/bench_<name>.py whose docstring's first line is its heading and whose function
``measure()`` returns Figures. Only the sections of the benchmarks that ran are written anew.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from pathlib import Path

from tests.bench.model import CHECKOUT, Figure, machine

PAGE = CHECKOUT / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench`; never asserted in a test, because a busy machine is not a mistake. Each section names the machine it was
measured on. "Wanted" is the figure the project set itself.
"""


def main() -> int:
    """Run what was asked for; 1 if a benchmark could not run. A figure above the wanted one is reported, not an error."""
    there = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    parser = argparse.ArgumentParser(description="Measure and write docs/benchmarks.md.")
    parser.add_argument("name", nargs="*", help=f"only these: {', '.join(there)}")
    names = parser.parse_args().name or there
    if unknown := sorted(set(names) - set(there)):
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(there)}")
    sections = read_sections()
    for name in names:
        print(f"bench: {name}", flush=True)
        module = importlib.import_module(f"tests.bench.bench_{name}")
        heading = str(module.__doc__).splitlines()[0].rstrip(".")
        sections[heading] = section(module.measure())
        print(sections[heading], flush=True)
        PAGE.write_text(HEAD + "".join(f"\n## {title}\n\n{text}" for title, text in sorted(sections.items())))
    print(f"bench: {len(names)} measured; {PAGE.relative_to(CHECKOUT)} is written")
    return 0


def read_sections() -> dict[str, str]:
    """Heading and text of the sections that the page has already."""
    if not PAGE.exists():
        return {}
    parts = re.split(r"^## (.+)\n\n", PAGE.read_text(), flags=re.MULTILINE)[1:]
    return {title: text.rstrip("\n") + "\n" for title, text in zip(parts[::2], parts[1::2], strict=True)}


def section(figures: list[Figure]) -> str:
    """Table of one benchmark."""
    rows = [figure.row() for figure in figures]
    return "\n".join([f"Measured on: {machine()}", "", "| what | measured | wanted | reached |", "|---|---|---|---|", *rows]) + "\n"


sys.exit(main())
