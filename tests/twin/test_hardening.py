# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hardening by default: kept, broken in every way and noticed; what a cluster cannot change; giving a cluster up."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest

from tests.support.twin import Twin
from tests.support.virtual_address import SERVERS

pytestmark = pytest.mark.long
FIRST, SECOND, THIRD = SERVERS
AUDIT_LOG = "/var/lib/rancher/k3s/server/logs/audit.log"
SECRET = "planted-word-that-no-log-may-hold"


@pytest.fixture(scope="module")
def twin(built: Twin) -> Twin:
    return built


def put_into_etcd(key: str, value: str) -> str:
    """The command that writes a key past the API server, as a Secret from before encryption would lie there."""
    encoded = json.dumps({"key": base64.b64encode(key.encode()).decode(), "value": base64.b64encode(value.encode()).decode()}).replace('"', '\\"')
    return f'cd /var/lib/rancher/k3s/server/tls/etcd && curl -s --cacert server-ca.crt --cert client.crt --key client.key -d "{encoded}" https://127.0.0.1:2382/v3/kv/put'


def test_every_broken_promise_is_told_in_one_run(twin: Twin) -> None:
    secret = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "aaa", "namespace": "default", "uid": "1"}, "type": "Opaque"}
    args = '[\\"server\\",\\"-t\\",\\"$(cut -d: -f4 /var/lib/rancher/k3s/server/token)\\"]'
    breaks = [
        (FIRST, "sysctl -w kernel.panic=5", "sysctl -w kernel.panic=10", f"{FIRST}: kernel.panic is 5"),
        (SECOND, "chmod 644 /etc/rancher/k3s/k3s.yaml", "chmod 600 /etc/rancher/k3s/k3s.yaml", "/etc/rancher/k3s/k3s.yaml has mode 0644"),
        (THIRD, f"mv {AUDIT_LOG} {AUDIT_LOG}.aside", f"mv {AUDIT_LOG}.aside {AUDIT_LOG}", f"{THIRD}: a request to the API did not reach the audit log"),
        (
            FIRST,
            "k3s kubectl label namespace default pod-security.kubernetes.io/enforce=privileged",
            "k3s kubectl label namespace default pod-security.kubernetes.io/enforce-",
            "a privileged pod is admitted to namespace default",
        ),
        (
            FIRST,
            f'k3s kubectl annotate node {SECOND} k3s.io/node-args="{args}"',
            f"k3s kubectl annotate node {SECOND} k3s.io/node-args-",
            f"annotation k3s.io/node-args of Node {SECOND} shows a token",
        ),
        (
            FIRST,
            put_into_etcd("/registry/secrets/default/aaa", json.dumps(secret)),
            "k3s kubectl delete secret aaa",
            "/registry/secrets/default/aaa lies in etcd in clear",
        ),
        (
            SECOND,
            f"k3s kubectl annotate --overwrite node {SECOND} k3s.io/encryption-config-hash=start-another",
            f"k3s kubectl annotate --overwrite node {SECOND} k3s.io/encryption-config-hash=$(cat /var/lib/rancher/k3s/server/cred/encryption-state.json)",
            "the servers encrypt Secrets with different keys",
        ),
        (SECOND, "nft delete table inet groundwork", "systemctl restart groundwork-firewall", "the firewall's table is not loaded"),
    ]
    for host, command, _mend, _says in breaks:
        done = twin.on(host, command)
        assert done.status == 0, (command, done.output)
    failed = twin.playbook("playbooks/verify.yml")
    for host, _command, mend, _says in breaks:
        twin.on(host, mend)
    assert failed.status != 0
    for _host, _command, _mend, says in breaks:
        assert says in failed.said, says
    assert f"{SERVERS[SECOND]} answers on a port that no flow opens (refused)" in failed.said
    mended = twin.playbook("playbooks/verify.yml")
    assert mended.status == 0, mended.tail


def test_the_audit_log_names_secrets_and_never_shows_them(twin: Twin) -> None:
    made = twin.on(FIRST, f"k3s kubectl create secret generic planted --from-literal=word={SECRET}; k3s kubectl get secret planted -o yaml")
    assert base64.b64encode(SECRET.encode()).decode() in made.output
    for host in SERVERS:
        for word in (SECRET, base64.b64encode(SECRET.encode()).decode()):
            assert twin.on(host, f"grep -rc {word} /var/lib/rancher/k3s/server/logs/").output.endswith(":0"), host
    assert twin.on(FIRST, f'grep -c "secrets/planted" {AUDIT_LOG}').status == 0


def test_rules_changed_by_hand_are_put_right_and_survive_a_reboot(twin: Twin) -> None:
    assert twin.on(THIRD, "nft insert rule inet groundwork input tcp dport 9 accept").status == 0
    done = twin.playbook("site.yml", "--tags", "host_firewall")
    assert done.status == 0, done.tail
    assert [done.recap(host)["changed"] > 0 for host in SERVERS] == [False, False, True]
    twin.lab("kill", THIRD)
    twin.lab("start", THIRD)
    settled = twin.playbook("site.yml")
    assert settled.status == 0, settled.tail
    assert "dport 9 accept" not in twin.on(THIRD, "nft list table inet groundwork").output


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"k3s_config": {"flannel-backend": "none"}}, "flannel-backend is host-gw, the matrix says none; K3s fixes this when a cluster is founded"),
        ({"k3s_cni": "calico"}, "the pod network is flannel, the matrix says calico"),
    ],
)
def test_what_a_cluster_cannot_change_is_refused(twin: Twin, change: dict[str, t.Any], says: str) -> None:
    files = {host: twin.on(host, "sha256sum /etc/rancher/k3s/*.yaml").output for host in SERVERS}
    refused = twin.playbook("site.yml", "--tags", "k3s", "-e", json.dumps(change))
    assert refused.status != 0
    assert says in refused.said, refused.tail
    assert {host: twin.on(host, "sha256sum /etc/rancher/k3s/*.yaml").output for host in SERVERS} == files


def test_a_server_that_differs_is_named(twin: Twin) -> None:
    """K3s itself would notice only if this server joined anew."""
    own = "/etc/rancher/k3s/config.yaml.d/50-own.yaml"
    twin.on(SECOND, f'echo "cluster-domain: other.local" > {own}; chmod 600 {own}')
    refused = twin.playbook("site.yml", "--tags", "k3s")
    twin.on(SECOND, f"rm {own}")
    assert refused.status != 0
    assert f"{SECOND}: cluster-domain is other.local, the matrix says cluster.local" in refused.said, refused.tail


def test_an_adopted_cluster_is_compared_and_left_alone(twin: Twin) -> None:
    """As eNeG's development cluster, which stood before the matrix: differences are told, nothing is written or restarted."""
    by_hand = "/etc/sysctl.d/90-groundwork.conf"
    twin.on(SECOND, "echo debug: true >> /etc/rancher/k3s/config.yaml")
    twin.on(THIRD, f"echo vm.swappiness=60 >> {by_hand}")
    look = f"sha256sum /etc/rancher/k3s/config.yaml {by_hand}; systemctl show --property MainPID,ExecMainStartTimestampMonotonic k3s"
    before = {host: twin.on(host, look).output for host in SERVERS}
    done = twin.playbook("site.yml", "-e", json.dumps({"k3s_adopt": True}))
    after = {host: twin.on(host, look).output for host in SERVERS}
    twin.on(SECOND, "sed -i /^debug:/d /etc/rancher/k3s/config.yaml")
    twin.on(THIRD, f"sed -i /swappiness=60/d {by_hand}")
    assert done.status == 0, done.tail
    assert after == before
    assert "debug is True, the matrix does not set it" in done.said
    assert [done.recap(host)["changed"] > 0 for host in SERVERS] == [False, False, True]


def test_a_member_that_was_removed_while_it_was_down(twin: Twin) -> None:
    """Its K3s would hang for ever; it is told what happened and joins again."""
    twin.lab("kill", THIRD)
    assert twin.on(FIRST, f"k3s kubectl delete node {THIRD} --timeout 90s").status == 0
    twin.lab("start", THIRD)
    refused = twin.playbook("site.yml", "--tags", "host_base,k3s")
    assert refused.status != 0
    assert f"{THIRD} was removed from the cluster while it was down" in refused.said, refused.tail
    removed = twin.playbook("playbooks/remove.yml", "-e", f"node={THIRD}", "-e", f"confirm={THIRD}")
    assert removed.status == 0, removed.tail
    done = twin.playbook("site.yml")
    assert done.status == 0, done.tail


RETAINED = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "kept"},
    "spec": {
        "capacity": {"storage": "1Mi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "hostPath": {"path": "/var/lib/kept"},
    },
}


def test_reset_refuses_to_lose_what_nobody_gave_up(twin: Twin) -> None:
    text = json.dumps(RETAINED).replace('"', '\\"')
    assert twin.on(FIRST, f'echo "{text}" | k3s kubectl apply -f -').status == 0
    refused = twin.playbook("playbooks/reset.yml").said
    assert "the retained volume kept would be lost" in refused
    assert "-e loses=kept" in refused
    assert "repeat the name: -e confirm=dev" in refused
    assert "named in loses, but nothing" in twin.playbook("playbooks/reset.yml", "-e", "confirm=dev", "-e", "loses=kept,other").said
    assert "leave api_gone out" in twin.playbook("playbooks/reset.yml", "-e", "confirm=dev", "-e", "loses=kept", "-e", "api_gone=true").said
    assert twin.on(FIRST, "systemctl is-active k3s").output == "active"


def test_reset_and_a_new_cluster(twin: Twin) -> None:
    """Nothing of the old cluster is left but its snapshots and the tokens that open them; site.yml founds another one."""
    before = twin.on(FIRST, "sha256sum < /var/lib/rancher/k3s/server/tls/server-ca.crt").output
    assert twin.on(SECOND, "k3s etcd-snapshot save --name last").status == 0
    done = twin.playbook("playbooks/reset.yml", "-e", "confirm=dev", "-e", "loses=kept")
    assert done.status == 0, done.tail
    assert "has no cluster any more" in done.said
    kept = twin.on(SECOND, "cd /var/lib/groundwork/k3s-before-reset-* && stat -c %a . token && ls snapshots").output.split()
    assert kept[:2] == ["700", "600"]
    assert any(name.startswith("last-") for name in kept[2:])  # beside it, the one of the hour
    for host in SERVERS:
        left = twin.on(host, "ls -d /etc/rancher/k3s /etc/rancher/node /var/lib/rancher/k3s /usr/local/bin/k3s; pgrep -c containerd-shim; ip link show cni0")
        assert "0" in left.output.split()
        assert left.output.count("No such file") == 4, left.output
    again = twin.playbook("site.yml")
    assert again.status == 0, again.tail
    assert twin.on(FIRST, "sha256sum < /var/lib/rancher/k3s/server/tls/server-ca.crt").output != before
