# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates, the kubeconfig, the key that encrypts Secrets and the CAs: rotated, killed and repeated, while a prober counts voters."""

from __future__ import annotations

import base64
import typing as t
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.authorities import CA, renewed
from tests.support.interruptions import Points, killed, watched
from tests.support.twin import Finished, Twin
from tests.support.virtual_address import ADDRESS, SERVERS

pytestmark = pytest.mark.long
TLS = "/var/lib/rancher/k3s/server/tls"
LEAFS = ("client-admin.crt", "client-scheduler.crt", "serving-kube-apiserver.crt", "etcd/peer-server-client.crt", "../../agent/client-kubelet.crt")
#: Asks for a Secret through the virtual address, as a client would, and notes each answer.
READER = """while sleep 0.3; do
  curl -sk --max-time 5 --cert {tls}/client-admin.crt --key {tls}/client-admin.key -o /dev/null -w '%{{http_code}}\\n' \
    https://{address}:6443/api/v1/namespaces/default/secrets/kept >>/run/reads
done
"""


@pytest.fixture(scope="module")
def twin(built: Twin) -> Twin:
    """With a Secret in its cluster."""
    assert built.on("k8s-dev-21", "k3s kubectl create secret generic kept --from-literal=a=plain").status == 0
    return built


def rotate(twin: Twin, kind: str, *arguments: str, **options: t.Any) -> Finished:
    return twin.playbook("playbooks/rotate.yml", "-e", f"rotate={kind}", *arguments, **options)


def killed_then_finished(twin: Twin, kind: str, points: Points, *arguments: str) -> Finished:
    """Kill the play so many seconds after a task has begun, again and again; the last run ends well. A run after it changes nothing."""
    with watched(twin):
        killed(twin, points, "playbooks/rotate.yml", "-e", f"rotate={kind}", *arguments)
        done = rotate(twin, kind, *arguments)
    assert done.status == 0, done.tail
    assert {twin.on(node, "cat /run/api-vip-yield").output for node in SERVERS} == {"0"}, "a server is kept from holding the virtual address"
    again = rotate(twin, kind, *arguments)
    assert again.status == 0, again.tail
    assert {node: again.recap(node)["changed"] for node in SERVERS} == dict.fromkeys(SERVERS, 0)
    return done


def put(twin: Twin, host: str, path: str, content: bytes) -> None:
    assert twin.on(host, f"echo {base64.b64encode(content).decode()} | base64 -d > {path}").status == 0


def serials(twin: Twin, *names: str) -> dict[tuple[str, str], str]:
    return {(node, name): twin.on(node, f"openssl x509 -noout -serial -in {TLS}/{name}").output for node in SERVERS for name in names}


def assert_verified(twin: Twin) -> None:
    done = twin.playbook("playbooks/verify.yml")
    assert done.status == 0, done.tail


def test_refusals(twin: Twin) -> None:
    before = serials(twin, "client-admin.crt")
    assert "names one of server-token, agent-token, certificates" in " ".join(rotate(twin, "everything").output.split())
    limited = rotate(twin, "certificates", "--limit", "k8s-dev-21")
    assert "run it without --limit (k8s-dev-22, k8s-dev-23 left out)" in limited.said
    check = rotate(twin, "certificates", "--check", "-e", "older_than=0")
    assert "Would begin with: renew on k8s-dev-21" in check.said, check.tail
    twin.lab("kill", "k8s-dev-23")
    away = rotate(twin, "certificates", "-e", "older_than=0")
    twin.lab("start", "k8s-dev-23")
    assert away.status != 0
    assert twin.playbook("site.yml", "--tags", "k3s,api_vip,verify").status == 0
    assert serials(twin, "client-admin.crt") == before


def test_certificates_of_yesterday_are_left_alone(twin: Twin) -> None:
    done = rotate(twin, "certificates")
    assert done.status == 0, done.tail
    assert {node: done.recap(node)["changed"] for node in SERVERS} == dict.fromkeys(SERVERS, 0)


def test_certificates(twin: Twin) -> None:
    """They are made older than a day, as a test cannot wait for one."""
    for node in SERVERS:
        twin.on(node, f'find {TLS} /var/lib/rancher/k3s/agent -maxdepth 2 -name "*.crt" -exec touch -d "2 days ago" {{}} +')
    before, authorities = serials(twin, *LEAFS), serials(twin, "server-ca.crt")
    killed_then_finished(twin, "certificates", [("Stop K3s", 1.0), ("Put the certificates aside", 0.2), ("Restart K3s", 3.0)])
    after = serials(twin, *LEAFS)
    assert {place for place in before if after[place] == before[place]} == set()
    assert serials(twin, "server-ca.crt") == authorities
    assert_verified(twin)


def test_kubeconfig(twin: Twin) -> None:
    before, others = serials(twin, "client-admin.crt"), serials(twin, "client-scheduler.crt")
    with watched(twin):
        done = rotate(twin, "kubeconfig", "-e", "older_than=0")
    assert done.status == 0, done.tail
    after = serials(twin, "client-admin.crt")
    assert {place for place in before if after[place] == before[place]} == set()
    assert serials(twin, "client-scheduler.crt") == others
    assert_verified(twin)
    assert {node: rotate(twin, "kubeconfig").recap(node)["changed"] for node in SERVERS} == dict.fromkeys(SERVERS, 0)


def test_encryption_keys(twin: Twin) -> None:
    """Clients that use the virtual address can read Secrets all the time; afterwards every server can, with the new key alone."""
    put(twin, "k8s-dev-23", "/run/reader", READER.format(tls=TLS, address=ADDRESS).encode())
    assert twin.on("k8s-dev-23", "systemd-run --unit=reader sh /run/reader").status == 0
    killed_then_finished(twin, "encryption-keys", [("Have K3s make a key", 2.0), ("Restart K3s", 3.0)])
    codes = twin.on("k8s-dev-23", "systemctl stop reader; sort /run/reads | uniq -c").output
    assert " 200" in codes
    assert " 500" not in codes, codes
    for node in SERVERS:
        assert twin.on(node, "k3s kubectl get secret kept").status == 0
        state = twin.on(node, "k3s secrets-encrypt status").output
        assert "All hashes match" in state
        assert "AES-CBC  aescbckey-" in " ".join(state.split()).replace("AES-CBC ", "AES-CBC  ")
    assert_verified(twin)


@pytest.fixture
def present(twin: Twin) -> dict[str, CA]:
    tls = twin.paths.host("k8s-dev-21") / f"disk{TLS}"
    return {name: CA.read(tls / name) for name in ("server-ca", "client-ca", "request-header-ca", "etcd/server-ca", "etcd/peer-ca")}


def test_cas_are_checked_before_anything_is_touched(twin: Twin, tmp_path: Path) -> None:
    before = serials(twin, "server-ca.crt")
    renewed(CA.root("other")).write(tmp_path / "tls/server-ca")
    refused = " ".join(rotate(twin, "ca", "-e", f"ca_path={tmp_path}").output.split())
    assert "a new root" in refused
    assert "-e confirm=dev" in refused
    missing = rotate(twin, "ca", "-e", f"ca_path={tmp_path}/typo", "-e", "confirm=dev")
    assert "holds none of server-ca.crt" in missing.said
    assert serials(twin, "server-ca.crt") == before


def test_cas(twin: Twin, present: dict[str, CA], tmp_path: Path) -> None:
    """Signed by the present ones: servers go on one by one, and the token keeps its form, because the root is the same."""
    token = twin.on("k8s-dev-21", "cat /var/lib/rancher/k3s/server/token").output
    before = serials(twin, "server-ca.crt", "etcd/peer-ca.crt", *LEAFS)
    for name, ca in present.items():
        renewed(ca).write(tmp_path / "tls" / name)
    arguments = ("-e", f"ca_path={tmp_path}", "-e", "confirm=dev")
    killed_then_finished(twin, "ca", [("Put them into the datastore", 1.0), ("Restart K3s", 3.0)], *arguments)
    after = serials(twin, "server-ca.crt", "etcd/peer-ca.crt", *LEAFS)
    assert {place for place in before if after[place] == before[place]} == set()
    assert twin.on("k8s-dev-21", "ls /var/lib/rancher/k3s/server").output.find("new-ca") < 0
    assert_verified(twin)
    assert len({twin.on(node, "cat /var/lib/rancher/k3s/server/token").output for node in SERVERS}) == 1
    assert token.rpartition("::")[2] == twin.on("k8s-dev-22", "cat /var/lib/rancher/k3s/server/token").output.rpartition("::")[2]
    settled = twin.playbook("site.yml")
    assert settled.status == 0, settled.tail
    assert {node: settled.recap(node)["changed"] for node in SERVERS} == dict.fromkeys(SERVERS, 0)


def test_a_certificate_that_has_ended_fails_the_verification(twin: Twin, present: dict[str, CA]) -> None:
    ended = renewed(present["client-ca"], is_ca=False, life=timedelta(days=-2))
    put(twin, "k8s-dev-22", f"{TLS}/client-planted.crt", ended.chain)
    failed = twin.playbook("playbooks/verify.yml")
    twin.on("k8s-dev-22", f"rm {TLS}/client-planted.crt")
    assert failed.status != 0
    assert "client-planted.crt (CN=" in failed.said, failed.tail
    assert_verified(twin)
