# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""New CAs on the controller: what K3s could take, and what the cluster would trust."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils import _authorities

from tests.support.authorities import CA, renewed

NAMES = [f"{name}.crt" for name in _authorities.NAMES]


@pytest.fixture(scope="module")
def old() -> dict[str, CA]:
    return {name: CA.root(f"k3s-{name}") for name in _authorities.NAMES}


@pytest.fixture
def present(old: dict[str, CA]) -> dict[str, bytes]:
    return {f"{name}.crt": ca.chain for name, ca in old.items()}


@pytest.fixture
def folder(old: dict[str, CA], tmp_path: Path) -> Path:
    """New CAs, each signed by the present one."""
    for name, ca in old.items():
        renewed(ca).write(tmp_path / "tls" / name)
    return tmp_path


def test_cas_signed_by_the_present_ones(folder: Path, present: dict[str, bytes]) -> None:
    found = _authorities.check(folder, present)
    assert found.problems == ()
    assert sorted(found.wanted) == sorted(NAMES)
    assert len(found.files) == 10
    assert found.wanted["server-ca.crt"] == hashlib.sha256((folder / "tls/server-ca.crt").read_bytes()).hexdigest()


def test_the_layout_of_k3s_own_script(old: dict[str, CA], tmp_path: Path) -> None:
    """contrib/util/rotate-default-ca-certs.sh: a new root that the old one has signed as well, and its key behind that of the CA."""
    root = renewed(old["server-ca"])
    below = renewed(root)
    below.write(tmp_path / "tls/server-ca")
    with (tmp_path / "tls/server-ca.key").open("ab") as keys:
        root.write(tmp_path / "root")
        keys.write((tmp_path / "root.key").read_bytes())
    assert _authorities.check(tmp_path, {"server-ca.crt": old["server-ca"].chain}).problems == ()


def test_some_may_stay(folder: Path, present: dict[str, bytes]) -> None:
    for name in ("etcd/peer-ca", "etcd/server-ca"):
        (folder / f"tls/{name}.crt").unlink()
        (folder / f"tls/{name}.key").unlink()
    found = _authorities.check(folder, present)
    assert found.problems == ()
    assert "etcd/peer-ca.crt" not in found.files


def test_those_in_use_already_are_no_problem(folder: Path, old: dict[str, CA], present: dict[str, bytes]) -> None:
    """A run that was interrupted after the datastore took them."""
    old["server-ca"].write(folder / "tls/server-ca")
    assert _authorities.check(folder, present).problems == ()


def test_a_missing_folder(tmp_path: Path, present: dict[str, bytes]) -> None:
    found = _authorities.check(tmp_path / "typo", present)
    assert "holds none of server-ca.crt" in found.problems[0]


def test_a_new_root_is_refused_and_explained(folder: Path, present: dict[str, bytes]) -> None:
    other = CA.root("other")
    renewed(other).write(folder / "tls/server-ca")
    (problem,) = _authorities.check(folder, present).problems
    assert "a new root" in problem
    assert "every full token" in problem


def test_a_single_certificate_is_what_k3s_refuses(folder: Path, old: dict[str, CA], present: dict[str, bytes]) -> None:
    new = renewed(old["client-ca"])
    CA(new.certificates[:1], new.key).write(folder / "tls/client-ca")
    (problem,) = _authorities.check(folder, present).problems
    assert "single certificate" in problem


def test_wrong_key_leaf_expired_and_broken_files_at_once(folder: Path, old: dict[str, CA], present: dict[str, bytes]) -> None:
    CA(renewed(old["server-ca"]).certificates, CA.root("x").key).write(folder / "tls/server-ca")
    renewed(old["client-ca"], is_ca=False).write(folder / "tls/client-ca")
    (folder / "tls/etcd/peer-ca.key").unlink()
    (folder / "tls/request-header-ca.crt").write_text("no certificate")
    problems = _authorities.check(folder, present).problems
    assert len(problems) == 4
    assert "the key beside it belongs to another certificate" in problems[0]
    assert "may not sign others" in problems[1]
    assert "request-header-ca.crt: cannot be used" in problems[2]
    assert "peer-ca.key" in problems[3]
    late = _authorities.check(folder, present, datetime.now(UTC) + timedelta(days=4000)).problems
    assert sum("it is valid from" in problem for problem in late) == 3
