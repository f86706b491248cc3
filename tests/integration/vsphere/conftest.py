# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site of two simulated vCenters, fresh for every test."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab.twin.artefacts import build
from tests.integration.vsphere.simulated import VCenter
from tests.integration.vsphere.site import Site, arguments, vcenter_spec


@pytest.fixture(scope="session")
def binary() -> Path:
    return build("vcsim") / "vcsim"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vcsim")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return cert_path, key_path


@pytest.fixture
def make_site(binary: Path, certificate: tuple[Path, Path], tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """A maker of sites: keyword arguments change the vCenters' specs, positional ones are options for vcsim."""
    started: list[VCenter] = []

    def make(*options: str) -> Site:
        vcenters = [VCenter(name, vcenter_spec(name), tmp_path / name, binary, certificate, options=options) for name in ("vcenter-a", "vcenter-old")]
        for vcenter in vcenters:
            started.append(vcenter)
            vcenter.start()
        a, old = vcenters
        return Site(a, old, arguments(a, old, certificate[0]), tmp_path)

    yield make
    for vcenter in started:
        vcenter.stop()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()
