# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site of two simulated vCenters, fresh for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.twin.artefacts import build
from tests.integration.vsphere.certificate import self_signed
from tests.integration.vsphere.simulated import VCenter
from tests.integration.vsphere.site import Site, arguments, vcenter_spec


@pytest.fixture(scope="session")
def binary() -> Path:
    return build("vcsim") / "vcsim"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    return self_signed(tmp_path_factory.mktemp("tls"))


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
