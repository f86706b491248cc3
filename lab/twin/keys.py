# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Keys and certificates of one twin, made when it comes up and deleted with it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.twin.paths import TwinPaths
from lab.twin.run import run
from lab.twin.spec import RecordSpec

LIFETIME = datetime.timedelta(days=30)


def ssh_key_pair(path: Path) -> str:
    """Make an Ed25519 key pair at *path* unless there is one. Returns the public key."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "twin", "-f", str(path)])
    return path.with_suffix(".pub").read_text(encoding="utf-8").strip()


def ssh_config(paths: TwinPaths, records: Iterable[RecordSpec], user: str) -> str:
    """Text of an OpenSSH client configuration with which ``ssh -F`` reaches every host by its short or full name."""
    hosts = [f"Host {r.name.partition('.')[0]} {r.name}\n  HostName {r.value}" for r in records if r.type == "A" and "*" not in r.name]
    return "\n".join(
        [
            f"Host *\n  User {user}",
            f"  IdentityFile {paths.ssh_key}\n  IdentitiesOnly yes",
            f"  UserKnownHostsFile {paths.known_hosts}\n  StrictHostKeyChecking accept-new\n  LogLevel ERROR\n  ConnectTimeout 10",
            *hosts,
            "",
        ]
    )


class Authority:
    """A certificate authority that lives as long as this object; only its certificate is written."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"twin {name}")])
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = _builder(self._name, self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(usage, critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        self.certificate = builder.add_extension(identifier, critical=False).sign(self._key, hashes.SHA256())

    def write(self, path: Path) -> None:
        """Write the authority's certificate as PEM."""
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, hostname: str, folder: Path) -> None:
        """Write cert.pem and key.pem for a server of that name into *folder*."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname)])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            _builder(name, self._name, key.public_key())
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(hostname)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(authority, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        secret = folder / "key.pem"
        secret.touch(mode=0o600)
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
    )
