# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches a twin's cluster from its network while something is done to it: voters of every server's etcd, API at its address."""

from __future__ import annotations

import http
import http.client
import os
import socket
import ssl
import subprocess
import threading
import time
import types
import typing as t
from functools import partial
from pathlib import Path

from lab.twin import lifecycle
from tests.support import etcd
from tests.support.availability import Call, Read, Report
from tests.support.twin import Twin

#: Seconds from one question to the next of the same kind, unless the answer takes longer.
INTERVAL = 0.5
#: Seconds. Waiting is done in this process, which notices an answer that came in time even when it gets to run late.
CONNECT_TIMEOUT = 4.0
READ_TIMEOUT = 4
CALL_TIMEOUT = 2.0
TLS = "disk/var/lib/rancher/k3s/server/tls"


class Prober:
    """``with Prober(twin, {"k8s-dev-21": "192.168.180.21", …}, "192.168.180.20") as prober: …``, then ``prober.report``.

    Etcd is asked on each server itself, because its firewall lets in nobody else; a server that is switched off has no network to ask in.
    The certificates are read from the servers' own disks at every question, so rotated ones are followed; a server that has none
    yet, or none any more, is asked with another's.
    """

    def __init__(self, twin: Twin, servers: t.Mapping[str, str], api: str) -> None:
        self._twin, self._servers, self._api = twin, dict(servers), api
        self._reads: list[Read] = []
        self._calls: list[Call] = []
        self._end = threading.Event()
        self._started = 0.0
        self._pid = 0
        self._network = -1
        self._threads: list[threading.Thread] = []
        self.report = Report(0, 0, (), ())

    def __enter__(self) -> t.Self:
        """Begin to watch. Raises AssertionError when the twin does not run."""
        pid = lifecycle.first_process(self._twin.paths)
        assert pid is not None, f"twin {self._twin.name} does not run"
        self._pid = pid
        self._network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        self._started = time.monotonic()
        jobs = [self._call, *(partial(self._read, name) for name in self._servers)]
        self._threads = [threading.Thread(target=self._watch, args=(job,), daemon=True) for job in jobs]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        """Stop watching and make the report."""
        self._end.set()
        for thread in self._threads:
            thread.join()
        os.close(self._network)
        self.report = Report(self._started, time.monotonic(), tuple(self._reads), tuple(self._calls))

    def _watch(self, ask: t.Callable[[], None]) -> None:
        os.setns(self._network, os.CLONE_NEWNET)  # of this thread only, and of the processes that it starts
        due = time.monotonic()
        while not self._end.wait(max(0.0, due - time.monotonic())):
            due = time.monotonic() + INTERVAL
            ask()

    def _read(self, name: str) -> None:
        answer = b""
        listening = self._enter(name) and _listens(self._servers[name])
        tls = self._certificates(name, "etcd/client.key")
        if listening and tls:
            answer = _ask_etcd(self._servers[name], tls / "etcd")
        self._reads.append(Read(time.monotonic(), name, listening, etcd.voters(answer)))

    def _enter(self, name: str) -> bool:
        """Go into a server's network, with this thread; whether it is switched on."""
        try:
            with Path(f"/proc/{self._pid}/root/run/netns/{name}").open("rb") as network:
                os.setns(network.fileno(), os.CLONE_NEWNET)
        except OSError:
            return False
        return True

    def _call(self) -> None:
        tls = self._certificates("", "client-admin.key")
        served = tls is not None and _api_ready(self._api, tls)
        self._calls.append(Call(time.monotonic(), served))

    def _certificates(self, first: str, file: str) -> Path | None:
        """The folder of certificates of a server that has this one, the named server's if possible."""
        folders = [self._twin.paths.host(name) / TLS for name in sorted(self._servers, key=lambda name: name != first)]
        return next((folder for folder in folders if (folder / file).exists()), None)


def _listens(address: str) -> bool:
    try:
        socket.create_connection((address, 2379), timeout=CONNECT_TIMEOUT).close()
    except OSError:
        return False
    return True


def _ask_etcd(address: str, tls: Path) -> bytes:
    """The body of the answer, empty when there is none."""
    headers = [part for header in etcd.HEADERS for part in ("--header", header)]
    files = ["--cacert", f"{tls / 'server-ca.crt'}", "--cert", f"{tls / 'client.crt'}", "--key", f"{tls / 'client.key'}"]
    command = ["curl", "--silent", "--noproxy", "*", "--http2", "--max-time", f"{READ_TIMEOUT}", *headers, *files, "--data-binary", "@-"]
    done = subprocess.run([*command, f"https://{address}:2379{etcd.PATH}"], input=etcd.REQUEST, capture_output=True, check=False)
    return b"" if done.returncode else done.stdout


def _api_ready(address: str, tls: Path) -> bool:
    try:
        context = ssl.create_default_context(cafile=tls / "server-ca.crt")
        context.load_cert_chain(tls / "client-admin.crt", tls / "client-admin.key")
        connection = http.client.HTTPSConnection(address, 6443, timeout=CALL_TIMEOUT, context=context)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
