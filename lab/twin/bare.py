# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Hosts without a vCenter, for work on what runs in a host: ``lab/lab up --bare 3``. Pure."""

from __future__ import annotations

import ipaddress
import json
import zlib

from lab.twin.guest import Vm
from lab.twin.spec import BareHost, NetworkSpec, RecordSpec, TwinSpec

USER = "ansible"
DOMAIN = "twin.test"
CIDR = "192.168.180.0/24"


def spec(name: str, count: int, guest: str, memory_mb: int) -> TwinSpec:
    """A twin of *count* hosts node-1 … on one network, with names in DNS."""
    addresses = [str(a) for a in ipaddress.ip_network(CIDR).hosts()]
    network = NetworkSpec(key="bare", bridge="net0", cidr=CIDR, gateway=addresses[0])
    hosts = tuple(BareHost(f"node-{n}", addresses[20 + n - 1], "bare", memory_mb) for n in range(1, count + 1))
    mirror = "198.18.0.2"
    records = [RecordSpec(f"{h.name}.{DOMAIN}", "A", h.address) for h in hosts]
    records.append(RecordSpec(f"mirror.{DOMAIN}", "A", mirror))
    return TwinSpec(
        name=name,
        domain=DOMAIN,
        guest=guest,
        networks=(network,),
        management=addresses[9],
        services=(mirror,),
        mirror=mirror,
        records=tuple(records),
        bare=hosts,
    )


def vm(host: BareHost, twin: TwinSpec, public_key: str) -> Vm:
    """The VM of a bare host, with the guestinfo that a playbook would have written. JSON is YAML."""
    network = next(n for n in twin.networks if n.key == host.network)
    prefix = ipaddress.ip_network(network.cidr).prefixlen
    nic = {
        "match": {"name": "e*"},
        "addresses": [f"{host.address}/{prefix}"],
        "routes": [{"to": "default", "via": network.gateway}],
        "nameservers": {"addresses": [network.gateway], "search": [twin.domain]},
    }
    fqdn = f"{host.name}.{twin.domain}"
    user = {"name": USER, "shell": "/bin/bash", "sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": [public_key]}
    metadata = {"instance-id": host.name, "local-hostname": fqdn, "network": {"version": 2, "ethernets": {"nic0": nic}}}
    userdata = {"fqdn": fqdn, "hostname": host.name, "prefer_fqdn_over_hostname": False, "users": [user]}
    return Vm(
        id=f"bare-{host.name}",
        name=host.name,
        mac=f"00:50:56:00:{zlib.crc32(host.name.encode()) >> 8 & 255:02x}:{zlib.crc32(host.name.encode()) & 255:02x}",
        memory_mb=host.memory_mb,
        guestinfo={"metadata": json.dumps(metadata), "userdata": "#cloud-config\n" + json.dumps(userdata)},
    )
