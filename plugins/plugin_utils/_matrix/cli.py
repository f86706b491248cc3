# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the matrix, for machines without a playbook at hand and for the generated reference.

python -m ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.cli validate MATRIX [--overlay FILE]...
python -m ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.cli reference FOLDER
"""

from __future__ import annotations

import argparse
import pathlib
import sys
from collections.abc import Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems, report
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.reference import pages


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the matrix can be used, 1 when not."""
    parser = argparse.ArgumentParser(prog="matrix", description="Check an environment matrix, or write its reference.")
    commands = parser.add_subparsers(dest="command", required=True)
    validate = commands.add_parser("validate", help="check a matrix and list what its owner has to supply")
    validate.add_argument("matrix", type=pathlib.Path)
    validate.add_argument("--overlay", type=pathlib.Path, action="append", default=[])
    reference = commands.add_parser("reference", help="write the generated pages into a folder")
    reference.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args(arguments)
    if options.command == "reference":
        for name, text in pages().items():
            (options.folder / name).write_text(text, "utf-8")
        return 0
    return _validate(options.matrix, options.overlay)


def _validate(matrix: pathlib.Path, overlays: list[pathlib.Path]) -> int:
    try:
        loaded = load_matrix(matrix, overlays)
    except MatrixProblems as error:
        sys.stderr.write(f"{error}\n")
        return 1
    lines = [str(warning) for warning in loaded.warnings]
    for phase in sorted({item.phase for item in loaded.missing}):
        lines += ["", f"Only the owner can supply, needed from phase {phase} on:"]
        lines += [f"  {item.path}: {item.what}" for item in loaded.missing if item.phase == phase]
    sys.stdout.write("\n".join([*lines, "", f"{matrix}: {report(loaded.warnings).splitlines()[-1]}, {len(loaded.missing)} values missing", ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
