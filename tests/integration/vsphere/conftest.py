# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site of two simulated vCenters, fresh for every test."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.twin.artefacts import build
from tests.integration.vsphere.certificate import self_signed
from tests.integration.vsphere.simulated import VCenter
from tests.integration.vsphere.site import Site, arguments, vcenter_spec
from tests.support.ports import reserved


@pytest.fixture(scope="session")
def binary() -> Path:
    return build("vcsim") / "vcsim"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    return self_signed(tmp_path_factory.mktemp("tls"))


@contextlib.contextmanager
def running(folder: Path, binary: Path, certificate: tuple[Path, Path], *options: str) -> Iterator[Site]:
    """The site's vCenters as processes, until the block ends."""
    names = ("vcenter-a", "vcenter-old")
    with reserved(len(names)) as ports:
        vcenters = [VCenter(name, vcenter_spec(name), folder / name, binary, certificate, port, options) for name, port in zip(names, ports, strict=True)]
        try:
            for vcenter in vcenters:
                vcenter.start()
            a, old = vcenters
            yield Site(a, old, arguments(a, old, certificate[0]), folder)
        finally:
            for vcenter in vcenters:
                vcenter.stop()


@pytest.fixture
def make_site(binary: Path, certificate: tuple[Path, Path], tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """A maker of a fresh site; its arguments are options for vcsim."""
    with contextlib.ExitStack() as stack:
        yield lambda *options: stack.enter_context(running(tmp_path, binary, certificate, *options))


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A fresh site."""
    return make_site()


@pytest.fixture(scope="module")
def empty_vcenters(binary: Path, certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("site"), binary, certificate) as site:
        yield site


@pytest.fixture
def empty_site(empty_vcenters: Site) -> Site:
    """Fresh arguments over vCenters that tests share: for runs that must not change anything there."""
    return dataclasses.replace(empty_vcenters, arguments=copy.deepcopy(empty_vcenters.arguments))
