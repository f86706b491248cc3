# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A supervisor over real TLS that answers by k3s-contract 3.1 and 3.3, on a free port of loopback."""

from __future__ import annotations

import base64
import datetime
import http.client
import http.server
import ipaddress
import json
import ssl
import threading
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Double:
    """What the process loaded at its start, and its host's data folder; the tests change both."""

    paths: Paths
    ca: bytes
    loaded: dict[str, str]
    ready: bool = True
    has_quorum: bool = True
    stored: bytes = b""
    stored_time: str = "2026-11-21T08:00:00.123456789Z"
    keys: tuple[str, ...] = ()  # below /bootstrap/ in etcd
    seen: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, user:password

    @property
    def hash(self) -> str:
        return token.ca_hash(self.ca)

    def write(self, path: Path, text: str | bytes) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def answer(self, method: str, path: str, credentials: str, body: bytes) -> tuple[int, bytes]:
        self.seen.append((method, path, credentials))
        if path in ("/cacerts", "/v3/kv/range"):
            return (200, self.ca) if path == "/cacerts" else self.range(json.loads(body))
        if not self.ready:
            return 503, b"starting"
        user, _colon, password = credentials.partition(":")
        if not credentials:
            return 403, b"forbidden"
        if self.loaded.get(user) != password:
            return 401, b"not authorized"
        if user != ("node" if path == "/v1-k3s/readyz" else "server"):
            return 403, b"forbidden"
        return self.route(method, path, body)

    def range(self, asked: dict[str, t.Any]) -> tuple[int, bytes]:
        """Etcd's gateway: all keys from ``key`` up to ``range_end``."""
        start, end = (base64.b64decode(asked[name]).decode() for name in ("key", "range_end"))
        found = [f"/bootstrap/{key}" for key in self.keys if start <= f"/bootstrap/{key}" < end]
        rows = [{"key": base64.b64encode(key.encode()).decode()} for key in found]
        return (200, json.dumps({"kvs": rows} if rows else {}).encode()) if self.has_quorum and asked["keys_only"] else (503, b"")

    def route(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/v1-k3s/readyz":
            return 200, b"ok"
        if path == "/v1-k3s/server-bootstrap":
            file = {"Timestamp": self.stored_time, "Content": base64.b64encode(self.stored).decode()}
            return 200, json.dumps({"PasswdFile": file}).encode()
        if method != "PUT":
            return 405, b"method not allowed"
        new = json.loads(body)["newToken"]
        self.write(self.paths.cluster_token("server"), token.Token(new).secure(self.hash, "server") + "\n")
        return (200, b"") if self.has_quorum else (500, b"token error ID 1")


@contextmanager
def serving(folder: Path, monkeypatch: pytest.MonkeyPatch, **loaded: str) -> t.Iterator[Double]:
    """Serve until the block ends; whatever is sent to the ports of K3s and of its etcd meanwhile comes here."""
    ca, certificate = certificates(folder)
    double = Double(Paths(root=folder), ca, loaded)
    double.write(double.paths.ca, ca)
    etcd = double.paths.server_dir / "tls/etcd"
    double.write(etcd / "server-ca.crt", ca)
    double.write(etcd / "client.crt", certificate.read_bytes())
    double.write(etcd / "client.key", certificate.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(double))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    real = http.client.HTTPSConnection.__init__

    def connect(self: http.client.HTTPSConnection, host: str, port: int, **settings: t.Any) -> None:
        # it always answers; how long that takes on a busy machine is nobody's question
        real(self, host, server.server_port if port in (6443, 2382) else port, **{**settings, "timeout": 60})

    monkeypatch.setattr(http.client.HTTPSConnection, "__init__", connect)
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()


def handler(double: Double) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            header = self.headers.get("Authorization", "")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = double.answer(self.command, self.path, base64.b64decode(header.partition(" ")[2]).decode(), body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_PUT(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            """Nothing to say."""

    return Handler


def certificates(folder: Path) -> tuple[bytes, Path]:
    """A CA in PEM, and a file with a certificate for 127.0.0.1 and its key."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = certificate("k3s-server-ca@1", ca_key, "k3s-server-ca@1", ca_key, authority=True)
    leaf = certificate("k3s", key, "k3s-server-ca@1", ca_key, authority=False)
    path = folder / "serving.pem"
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(leaf + text)
    return ca, path


def certificate(name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, *, authority: bool) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    )
    usage = x509.KeyUsage(True, False, False, False, False, authority, authority, False, False)
    return builder.add_extension(usage, critical=True).sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
