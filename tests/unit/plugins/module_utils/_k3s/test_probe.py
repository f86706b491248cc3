# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at a host's files, without K3s running."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import probe, system, token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import from_dict, to_dict
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setattr(system, "listener", lambda *_arguments: None)
    return Paths(root=tmp_path)


def nothing(_command: list[str]) -> str:
    return ""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_empty_host(host: Paths) -> None:
    seen = probe.observe(nothing, "node-1", host)
    assert (seen.unit_state, seen.has_data, seen.binary_version, seen.token_form, seen.members) == ("absent", False, None, None, None)


def test_stopped_member(host: Paths) -> None:
    write(host.binary, "#!/bin/sh\n").chmod(0o755)
    write(host.ca, "CERTIFICATE")
    write(host.etcd_dir / "name", "node-1-0123abcd")
    (host.etcd_dir / "member").mkdir()
    write(host.cluster_token("server"), token.Token("x" * 32).secure("a" * 64, "server") + "\n")
    write(host.join_file, '# by us\nserver: "https://192.0.2.2:6443"\n')

    def run(command: list[str]) -> str:
        if command[-1] == "--version":
            return "k3s version v1.35.0+k3s3 (0123abcd)\ngo version go1.25\n"
        if command[0] == "journalctl":
            return 'level=fatal msg="Error: not authorized"\n'
        return "LoadState=loaded\nActiveState=inactive\n"

    config = str(write(host.config_dir / "config.yaml", "a: 1\n"))
    seen = probe.observe(run, "node-1", host, [config, "/absent"])
    assert seen.binary_version == "v1.35.0+k3s3"
    assert (seen.unit_state, seen.has_etcd, seen.member_name, seen.join_url) == ("inactive", True, "node-1-0123abcd", "https://192.0.2.2:6443")
    assert seen.ca_hash == token.ca_hash(b"CERTIFICATE")
    assert (seen.token_form, seen.token_fingerprint) == ("secure", token.Token("x" * 32).fingerprint)
    assert list(seen.files) == [config]
    assert seen.last_error == "Error: not authorized"
    assert "x" * 32 not in repr(seen)


def test_empty_token_file_is_told(host: Paths) -> None:
    write(host.token_file("server"), "with blank\n")
    assert probe.observe(nothing, "node-1", host).token_form == "invalid"


def test_join_file_asks_for_no_restart(host: Paths) -> None:
    join = write(host.join_file, "server: x\n")
    other = write(host.config_dir / "config.yaml.d/50-own.yaml", "a: 1\n")
    assert other in host.read_at_start
    assert join not in host.read_at_start


def test_certificates_are_read_when_asked_for_and_encryption_always(host: Paths) -> None:
    leaf = write(host.server_dir / "tls/client-admin.crt", "CERTIFICATE")
    write(host.server_dir / "cred/encryption-config.json", '{"resources": [{"providers": [{"aescbc": {"keys": [{"name": "aescbckey", "secret": "no"}]}}]}]}')
    write(host.server_dir / "cred/encryption-state.json", "start-0123")

    def run(command: list[str]) -> str:
        return "subject=CN=admin\nserial=01\nnotAfter=Nov 21 12:00:00 2027 GMT\n" if command[0] == "openssl" else ""

    plain = probe.observe(run, "node-1", host)
    assert plain.certificates is None
    assert plain.encryption is not None
    assert (plain.encryption.key, plain.encryption.announced) == ("aescbckey", "start-0123")
    (seen,) = probe.observe(run, "node-1", host, with_certificates=True).certificates or ()
    assert (seen.path, seen.not_after) == (str(leaf), 1826798400.0)
    assert from_dict(to_dict(probe.observe(run, "node-1", host, with_certificates=True))).certificates == (seen,)
