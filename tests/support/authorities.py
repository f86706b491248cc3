# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate authorities made for tests, in the layout that ``k3s certificate rotate-ca`` takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

LIFE = timedelta(days=3650)


@dataclass(frozen=True)
class CA:
    """A CA: its certificate, then those that signed it."""

    certificates: tuple[x509.Certificate, ...]
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def root(cls, name: str) -> CA:
        """A CA of its own."""
        key = ec.generate_private_key(ec.SECP256R1())
        return cls((_certificate(name, key, name, key, is_ca=True, life=LIFE),), key)

    @classmethod
    def read(cls, path: Path) -> CA:
        """The CA in ``path``.crt and ``path``.key."""
        key = load_pem_private_key(path.with_suffix(".key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls(tuple(x509.load_pem_x509_certificates(path.with_suffix(".crt").read_bytes())), key)

    @property
    def chain(self) -> bytes:
        """All certificates as text."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.certificates)

    def write(self, path: Path) -> None:
        """Write ``path``.crt and ``path``.key, replacing what is there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".crt").write_bytes(self.chain)
        path.with_suffix(".key").write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))


def renewed(old: CA, *, is_ca: bool = True, life: timedelta = LIFE) -> CA:
    """A CA with a new key that the old one has signed; it ends after ``life``, in the past when that is negative."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = str(old.certificates[0].subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    certificate = _certificate(f"{issuer}-renewed", key, issuer, old.key, is_ca=is_ca, life=life)
    return CA((certificate, *old.certificates), key)


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, *, is_ca: bool, life: timedelta
) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + life)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, SHA256())
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
