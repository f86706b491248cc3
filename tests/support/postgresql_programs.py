# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL's own programs on this machine, and a server of them that a test has to itself. It listens on a socket in its folder and nowhere else."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
import typing as t
from pathlib import Path

BINARIES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), Path("/nowhere"))
LACKING = not (BINARIES / "initdb").exists()
START = """set -e; cd "$WORK"; initdb -D data -U postgres --auth=trust --no-sync >/dev/null
pg_ctl -D data -w -l log -o "-c listen_addresses='' -c unix_socket_directories=$WORK -c fsync=off" start >/dev/null"""


def as_postgres(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run as the user that PostgreSQL wants, which is never root; the folder becomes that user's."""
    shutil.chown(folder, "postgres")
    command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "sh", "-c", script]
    path = {"PATH": f"{BINARIES}:{os.environ['PATH']}", "WORK": str(folder), **environment}
    return subprocess.run(command, env=path, capture_output=True, text=True, check=False, cwd="/")


class Server(t.NamedTuple):
    """One that runs in a folder that the other user reaches."""

    folder: Path

    def run(self, *argv: str, user: str = "postgres") -> subprocess.CompletedProcess[str]:
        """A program of PostgreSQL against it, as a role."""
        return as_postgres(shlex.join(argv), self.folder, PGHOST=str(self.folder), PGUSER=user)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """The answer to its superuser; it must succeed."""
        done = self.run("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextlib.contextmanager
def server(name: str) -> t.Iterator[Server]:
    """Started anew, and gone with its folder at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"groundwork-{name}-", dir="/tmp"))  # short, because a socket's path has to be
    folder.chmod(0o755)
    try:
        done = as_postgres(START, folder)
        assert done.returncode == 0, done.stderr
        yield Server(folder)
    finally:
        as_postgres('pg_ctl -D "$WORK/data" -m immediate stop', folder)
        shutil.rmtree(folder)
