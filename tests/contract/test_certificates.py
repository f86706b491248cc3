# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``k3s certificate check``, ``rotate``, ``rotate-ca`` and the renewal at start (k3s-contract 2, 7)."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from .clusters import accepts, begin, start
from .host import SERVER, Host

pytestmark = pytest.mark.long

PASSWORD = "certificates-password-0123456789"
#: A leaf that ends in ten days, of the CA that made the old one.
SHORT = """cd {server}/tls
openssl req -new -key client-admin.key -subj /O=system:masters/CN=system:admin -out /tmp/admin.csr
printf 'extendedKeyUsage=clientAuth\\nkeyUsage=digitalSignature,keyEncipherment\\n' > /tmp/admin.ext
openssl x509 -req -in /tmp/admin.csr -CA client-ca.crt -CAkey client-ca.key -days 10 -set_serial 7 -extfile /tmp/admin.ext -out client-admin.crt
"""
#: Another self-signed server CA in the layout that rotate-ca wants.
NEW_CA = """mkdir -p /tmp/new/tls; cd /tmp/new/tls
printf '[req]\\ndistinguished_name=dn\\nx509_extensions=ca\\nprompt=no\\n[dn]\\nCN=k3s-server-ca@new\\n[ca]\\nbasicConstraints=critical,CA:TRUE\\n' > ../ca.cnf
printf 'keyUsage=critical,keyCertSign,digitalSignature\\nsubjectKeyIdentifier=hash\\n' >> ../ca.cnf
openssl ecparam -name prime256v1 -genkey -noout -out server-ca.key
openssl req -x509 -new -key server-ca.key -days 3650 -config ../ca.cnf -out server-ca.crt
"""


def k3s(host: Host, arguments: str) -> tuple[int, str]:
    return host.sh(f"/usr/local/bin/k3s certificate {arguments}")


def report(host: Host) -> dict[str, dict[str, t.Any]]:
    """The leafs of ``certificate check -o json`` by file name; CAs in chains are left out."""
    found = json.loads(host.out("/usr/local/bin/k3s certificate check -o json 2>/dev/null"))["Certificates"]
    return {entry["Filename"]: entry for entry in found if "CertSign" not in entry["Usages"]}


def serial(host: Host, name: str) -> str:
    return host.out(f"openssl x509 -noout -serial -in {SERVER}/tls/{name}")


@pytest.mark.row("certificate-check")
def test_check_in_four_formats_always_ends_well(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], PASSWORD)
    entry = report(first)["client-admin.crt"]
    assert set(entry) == {"Filename", "Subject", "Issuer", "Usages", "ExpiryTime", "ResidualTime", "Status"}
    assert (entry["Subject"], entry["Usages"], entry["Status"]) == ("system:admin", ["ClientAuth"], "OK")
    assert 364 < entry["ResidualTime"] / 86400e9 <= 365
    first.out(SHORT.format(server=SERVER))
    assert report(first)["client-admin.crt"]["Status"] == "WARNING"
    status, text = k3s(first, "check")
    assert status == 0
    assert re.search(r"client-admin.crt: certificate system:admin \(ClientAuth\) will expire within \d+ days at", text)
    assert re.search(r"client-scheduler.crt: certificate system:kube-scheduler \(ClientAuth\) is ok, expires at", text)
    assert "STATUS" in k3s(first, "check -o table")[1]
    assert "filename: client-admin.crt" in k3s(first, "check -o yaml")[1]


@pytest.mark.row("certificate-renewal")
def test_a_start_renews_what_ends_soon(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], PASSWORD)
    first.stop()
    before = serial(first, "client-scheduler.crt")
    first.out(SHORT.format(server=SERVER))
    start(first, PASSWORD)
    assert report(first)["client-admin.crt"]["Status"] == "OK"
    assert serial(first, "client-scheduler.crt") == before


@pytest.mark.row("certificate-rotate")
def test_rotate_needs_no_server_and_takes_effect_at_the_start(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], PASSWORD)
    first.stop()
    names = ("client-admin.crt", "client-scheduler.crt", "serving-kube-apiserver.crt", "etcd/peer-server-client.crt", "server-ca.crt")
    before = {name: serial(first, name) for name in names}
    token = first.token()
    status, text = k3s(first, "rotate --service admin")
    assert status == 0
    backup = re.search(rf"Successfully backed up certificates to ({SERVER}/tls-\d+), please restart", text)
    assert backup
    assert first.exists(f"{backup[1]}/client-admin.key")
    assert not first.exists(f"{SERVER}/tls/client-admin.crt")
    assert serial(first, "client-scheduler.crt") == before["client-scheduler.crt"]
    first.out("sleep 1")
    assert k3s(first, "rotate")[0] == 0
    start(first, PASSWORD)
    after = {name: serial(first, name) for name in names}
    assert {name for name in names if after[name] == before[name]} == {"server-ca.crt"}
    assert first.token() == token
    assert k3s(first, "rotate --service nonsense")[0] == 1


@pytest.mark.row("certificate-rotate-ca")
def test_a_wrong_path_succeeds_and_changes_nothing(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], PASSWORD)
    before = serial(first, "server-ca.crt")
    status, text = k3s(first, "rotate-ca --path /no/such/folder")
    assert status == 0
    assert "failed to stat /no/such/folder/tls/server-ca.crt" in text
    assert "certificates saved to datastore" in text
    start(first, PASSWORD)
    assert serial(first, "server-ca.crt") == before


@pytest.mark.row("certificate-rotate-ca")
def test_a_new_root_needs_force_and_makes_full_tokens_stale(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], PASSWORD)
    token = first.token()
    first.out(NEW_CA)
    status, text = k3s(first, "rotate-ca --path /tmp/new")
    assert status == 1
    assert re.search(r"Error: see server log for details: .*certificate error ID \d+", text)
    status, text = k3s(first, "rotate-ca --path /tmp/new --force")
    assert status == 0
    assert "certificates saved to datastore" in text
    start(first, PASSWORD)
    assert first.read(f"{SERVER}/tls/server-ca.crt") == first.read("/tmp/new/tls/server-ca.crt")
    assert first.token() != token
    assert accepts(first, PASSWORD)
    assert first.kubectl("get --raw /readyz").output == "ok"
