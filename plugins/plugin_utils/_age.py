# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program age as a pipe: what goes in or comes out in plain text never lies on a disk."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

INSTALL = "install it (Debian and Ubuntu: package age) on the machine that runs the playbooks"

KEY = "its private key is looked for in SOPS_AGE_KEY, SOPS_AGE_KEY_FILE and ~/.config/sops/age/keys.txt"
LONGEST_REASON = 160


class AgeError(Exception):
    """age cannot be run, or refused; the text says why and what to do."""


@contextlib.contextmanager
def encrypting(target: Path, recipients: Sequence[str]) -> Iterator[IO[bytes]]:
    """A pipe into an encrypted file; raises AgeError."""
    named = [part for recipient in recipients for part in ("--recipient", recipient)]
    with _age(["--encrypt", *named, "--output", str(target)], f"{target.name} was not encrypted") as process:
        yield _pipe(process.stdin)


@contextlib.contextmanager
def decrypting(source: Path) -> Iterator[IO[bytes]]:
    """A pipe out of an encrypted file. What was read counts only when this ends well: then age has verified all of it. Raises AgeError."""
    key, text = _identity()
    with _age(["--decrypt", "--identity", key, str(source)], f"{source} cannot be opened ({KEY})") as process:
        with _pipe(process.stdin) as given:
            given.write(text)
        plain = _pipe(process.stdout)
        yield plain
        while plain.read(1 << 20):
            pass


def _identity() -> tuple[str, bytes]:
    """The private key, where sops finds it, too (getsops.io, "Encrypting using age"): the name of a file, or ``-`` and the key itself."""
    if text := os.environ.get("SOPS_AGE_KEY"):
        return "-", text.encode()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return os.environ.get("SOPS_AGE_KEY_FILE") or str(config / "sops" / "age" / "keys.txt"), b""


@contextlib.contextmanager
def _age(arguments: Sequence[str], failed: str) -> Iterator[subprocess.Popen[bytes]]:
    """The running program; its own reason counts for more than the pipe that it closed."""
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(["age", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said)
        except OSError as error:
            raise AgeError(f"the program age cannot be run ({error.strerror}); {INSTALL}") from None
        try:
            with contextlib.suppress(BrokenPipeError):
                yield process
        finally:
            with process:  # closes its pipes and waits for it
                pass
        if process.returncode:
            said.seek(0)
            raise AgeError(f"{failed}: {_reason(said.read().decode('utf-8', 'replace'))}")


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    """A pipe of a process that was started with one."""
    if end is None:
        raise AgeError("age was started without a pipe")
    return end


def _reason(said: str) -> str:
    """What age says, without its name and its advice to report a bug; of a file that is none of its own it prints all."""
    lines = [line.removeprefix("age: ").removeprefix("error: ") for line in said.splitlines() if line and "report" not in line]
    return "; ".join(lines)[:LONGEST_REASON] or "age gave no reason"
