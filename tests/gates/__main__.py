# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the quality gates, all of them even if one fails: `python -m tests.gates [GATE…]`."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.gates.catalogue import GATES, Gate
from tests.gates.shell import Finding, Shell


@dataclass(frozen=True)
class Result:
    """What one gate said; `finding` is empty when all is well."""

    gate: Gate
    finding: str
    seconds: float
    output: list[str]


def run(gate: Gate, verbose: bool) -> Result:
    """Run one gate and say so as soon as it is known."""
    shell, start, finding = Shell(verbose), time.monotonic(), ""
    try:
        gate.check(shell)
    except Finding as error:
        finding = str(error)
    except (OSError, StopIteration, UnicodeError) as error:  # a broken gate must not hide the results of the others
        finding = f"the gate itself broke: {error}"
        shell.say(traceback.format_exc())
    result = Result(gate, finding, time.monotonic() - start, shell.lines)
    print(f"{'FAILED' if finding else 'ok':7} {gate.name:13} {result.seconds:5.0f} s  {finding or gate.sees_to}", flush=True)
    return result


def main() -> int:
    """Run what was asked for, print the failing gates' output and a table; 1 if any gate found something."""
    parser = argparse.ArgumentParser(description="Run the quality gates.")
    parser.add_argument("gate", nargs="*", help="only these: " + ", ".join(gate.name for gate in GATES))
    wanted = parser.parse_args().gate
    unknown = set(wanted) - {gate.name for gate in GATES}
    if unknown:
        parser.error(f"no such gate: {', '.join(sorted(unknown))}; there are: {', '.join(gate.name for gate in GATES)}")
    chosen = [gate for gate in GATES if not wanted or gate.name in wanted]
    with ThreadPoolExecutor(max_workers=max(2, (os.cpu_count() or 2) // 2)) as pool:
        results = list(pool.map(lambda gate: run(gate, verbose=len(chosen) == 1), chosen))
    failed = [result for result in results if result.finding]
    if len(chosen) > 1:
        for result in failed:
            print(f"\n===== {result.gate.name} =====", *result.output[-80:], sep="\n")
        print("\ngate          result    seconds")
        for result in results:
            print(f"{result.gate.name:13} {'FAILED' if result.finding else 'passed':8} {result.seconds:8.1f}")
    print(f"\ngates: {len(results) - len(failed)} passed, {len(failed)} failed" + ("; once more alone: make lint GATE=NAME" if failed else ""))
    return 1 if failed else 0


sys.exit(main())
