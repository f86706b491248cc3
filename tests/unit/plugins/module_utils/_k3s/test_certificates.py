# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What openssl says about real certificates, and which of them K3s would replace."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import certificates
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.certificates import Certificate
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths


def run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A server with a leaf, a CA, something that is no certificate, and the one of port 6443."""
    paths = Paths(root=tmp_path)
    tls = paths.server_dir / "tls"
    (tls / "etcd").mkdir(parents=True)
    agent = paths.server_dir.parent / "agent"
    agent.mkdir()
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null", "-set_serial", "255"]
    for path, days in ((tls / "client-admin.crt", 10), (tls / "server-ca.crt", 3650), (agent / "serving-kubelet.crt", 365), (tmp_path / "serving.crt", 20)):
        subprocess.run([*command, "-out", str(path), "-days", str(days), "-subj", f"/O=system:masters/CN={path.stem}"], check=True, capture_output=True)
    (tls / "etcd/client.crt").write_text("no certificate")
    text = base64.b64encode((tmp_path / "serving.crt").read_bytes()).decode()
    (tls / "dynamic-cert.json").write_text(json.dumps({"kind": "Secret", "data": {"tls.crt": text, "tls.key": "never read"}}))
    return paths


def test_every_certificate_with_its_end(paths: Paths) -> None:
    found = {Path(c.path).name: c for c in certificates.look(run, paths)}
    assert set(found) == {"client-admin.crt", "server-ca.crt", "serving-kubelet.crt", "dynamic-cert.json"}
    admin = found["client-admin.crt"]
    assert (admin.subject, admin.serial) == ("CN=client-admin,O=system:masters", "FF")
    assert round((admin.not_after - admin.made) / 86400) == 10
    assert found["dynamic-cert.json"].subject == "CN=serving,O=system:masters"
    assert "never read" not in repr(found)


def test_what_rotate_replaces(paths: Paths) -> None:
    renewable = {Path(c.path).name for c in certificates.look(run, paths) if c.renewable}
    assert renewable == {"client-admin.crt", "serving-kubelet.crt"}
    for path in ("/x/tls/server-ca.nochain.crt", "/x/tls/etcd/peer-ca.crt", "/x/tls/kube-scheduler/kube-scheduler.crt", "/x/agent/client-ca.crt"):
        assert not Certificate(path, "", "", 0, 0).renewable


def test_a_host_without_openssl_or_k3s_has_none(paths: Paths, tmp_path: Path) -> None:
    assert certificates.look(lambda _command: "", paths) == ()
    assert certificates.look(run, Paths(root=tmp_path / "empty")) == ()
