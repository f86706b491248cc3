# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real S3 server on loopback, with versions and object lock, for as long as a block lasts."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3, Place

from lab.twin import keys
from lab.twin.artefacts import build
from tests.support.ports import reserved

ACCESS, SECRET = "test-access", "test-secret-key"


@dataclasses.dataclass(frozen=True)
class Store:
    """The server: who asks it, and the folder that its objects lie in."""

    place: Place
    folder: Path

    @property
    def arguments(self) -> dict[str, str]:
        """As the modules want them."""
        return dataclasses.asdict(self.place)

    @property
    def s3(self) -> S3:
        return S3(self.place)

    def damage(self, bucket: str, key: str) -> None:
        """Change one byte in the middle of an object, behind the server's back."""
        path = self.folder / "buckets" / bucket / key
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Store]:
    """Serve from an empty folder. The names of its side folders must not begin with the buckets' own."""
    for name in ("buckets", "names", "versions"):
        (folder / name).mkdir(parents=True)
    authority = keys.Authority("test")
    authority.write(folder / "ca.pem")
    authority.issue("localhost", folder)
    with reserved() as (port,), _serving(folder, port):
        yield Store(Place(f"localhost:{port}", "us-east-1", ACCESS, SECRET, (folder / "ca.pem").read_text("utf-8")), folder)


@contextlib.contextmanager
def _serving(folder: Path, port: int) -> Iterator[None]:
    options = ["--cert", str(folder / "cert.pem"), "--key", str(folder / "key.pem"), "--port", f"127.0.0.1:{port}"]
    served = ["posix", "--sidecar", str(folder / "names"), "--versioning-dir", str(folder / "versions"), str(folder / "buckets")]
    account = {"ROOT_ACCESS_KEY": ACCESS, "ROOT_SECRET_KEY": SECRET, "PATH": os.environ["PATH"]}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(build("s3") / "versitygw"), *options, *served], env=account, stdout=log, stderr=log)
    try:
        _answers(port, process, folder / "log")
        yield
    finally:
        process.terminate()
        process.wait(120)


def _answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _attempt in range(1800):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the S3 server does not answer: {log.read_text('utf-8', 'replace')[-2000:]}")
