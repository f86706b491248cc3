# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server over a real etcd on loopback, out of the twin's build of Kubernetes: no nodes, no controllers.

Objects, CRDs, server-side apply, dry runs and conflicts are Kubernetes's own. Nothing is scheduled, and namespaces do not end.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.connection import Connection
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Unanswered
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lab.twin import k3s_files
from tests.support.ports import reserved

RELEASE = "v1.35.0+k3s3"
CONTEXT = "test"
START_SECONDS = 300.0  # a busy machine takes its time


@dataclass(frozen=True)
class Api:
    """A running API server, and an administrator's access to it."""

    url: str
    kubeconfig: Path
    ca: Path
    token: str
    context: str = CONTEXT

    def kube(self, patience: float = 60) -> Kube:
        """The collection's own client."""
        return Kube(Connection(str(self.kubeconfig), self.context), patience)


@contextlib.contextmanager
def api_server(folder: Path, release: str = RELEASE) -> t.Iterator[Api]:
    """Start both in a folder of their own, until the block ends."""
    binary = k3s_files.stand_in_binary(release)
    for name in ("etcd", "kube-apiserver"):
        (folder / name).symlink_to(binary)
    with reserved(3) as (client, peer, port):
        access = _access(folder, port)
        logs = [(folder / f"{name}.log").open("wb") for name in ("etcd", "kube-apiserver")]
        processes: list[subprocess.Popen[bytes]] = []
        try:
            for command, log in zip((_etcd(folder, client, peer), _apiserver(folder, client, port)), logs, strict=True):
                processes.append(subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
            _wait(access, processes, folder)
            yield access
        finally:
            for process in reversed(processes):
                process.kill()
                process.wait()
            for log in logs:
                log.close()


def _etcd(folder: Path, client: int, peer: int) -> list[str]:
    clients, peers = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    urls = ["--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers]
    return [str(folder / "etcd"), "--data-dir", str(folder / "data"), "--unsafe-no-fsync", *urls, "--initial-cluster", f"default={peers}"]


def _apiserver(folder: Path, etcd: int, port: int) -> list[str]:
    return [
        str(folder / "kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'tls'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'accounts.pub'}",
        f"--service-account-signing-key-file={folder / 'accounts.key'}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--disable-admission-plugins=ServiceAccount",
    ]


def _access(folder: Path, port: int) -> Api:
    """Token, key of service accounts, and a kubeconfig that trusts the certificate which the API server makes itself."""
    token, ca, url = secrets.token_hex(16), folder / "tls" / "apiserver.crt", f"https://127.0.0.1:{port}"
    (folder / "tokens.csv").write_text(f'{token},admin,admin,"system:masters"\n')
    key = rsa.generate_private_key(65537, 2048)
    (folder / "accounts.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    (folder / "accounts.pub").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": {"server": url, "certificate-authority": str(ca)}}],
        "users": [{"name": CONTEXT, "user": {"token": token}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
    }
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(json.dumps(config))
    return Api(url, kubeconfig, ca, token)


def _wait(access: Api, processes: t.Sequence[subprocess.Popen[bytes]], folder: Path) -> None:
    """Until it says that it is ready and has the namespace default, which it makes only then; raises AssertionError with the ends of both logs."""
    until = time.monotonic() + START_SECONDS
    while not _ready(access):
        dead = any(process.poll() is not None for process in processes)
        if dead or time.monotonic() > until:
            ends = "\n".join("\n".join((folder / f"{name}.log").read_text("utf-8", "replace").splitlines()[-15:]) for name in ("etcd", "kube-apiserver"))
            raise AssertionError(f"the API server does not start:\n{ends}")
        time.sleep(0.3)


def _ready(access: Api) -> bool:
    if not access.ca.exists():
        return False
    try:
        connection = Connection(str(access.kubeconfig), access.context)
        return all(connection.send("GET", path, {}, b"", "", 5).status == 200 for path in ("/readyz", "/api/v1/namespaces/default"))
    except Unanswered:
        return False
