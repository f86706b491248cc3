# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Networks of a twin: bridges in the supervisor's network namespace, one namespace with one NIC per host."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import zlib
from pathlib import Path

from lab.twin.run import CommandFailed, run
from lab.twin.spec import NetworkSpec, TwinSpec

#: Name of the first vmxnet3 NIC in a VM with a current virtual hardware version.
GUEST_NIC = "ens192"
NAMESPACES = Path("/run/netns")


def build(spec: TwinSpec) -> None:
    """Bridges with the gateways' addresses, the management VM's and the services' addresses, and forwarding."""
    _sysctl("net/ipv4/ip_forward", "1")
    # Bridged frames shall not pass through the machine's packet filter.
    _sysctl("net/bridge/bridge-nf-call-iptables", "0")
    lines = ["link set lo up", *(f"address add {address}/32 dev lo" for address in spec.services)]
    for network in spec.networks:
        lines += _bridge(network, spec.management)
    # Connections from here come from the management VM's address, also into networks that it has no NIC in.
    lines += [f"route replace {n.cidr} dev {n.bridge} src {spec.management}" for n in spec.networks if spec.management and not _holds(n, spec.management)]
    run(["ip", "-batch", "-"], stdin="\n".join(lines) + "\n")


def _bridge(network: NetworkSpec, management: str | None) -> list[str]:
    lines = [f"link add {network.bridge} type bridge", f"link set {network.bridge} up"]
    # The first address of a subnet is the one that connections from here use: the management VM's.
    addresses = [management, network.gateway] if management and _holds(network, management) else [network.gateway]
    return lines + [f"address add {a}/{ipaddress.ip_network(network.cidr).prefixlen} dev {network.bridge}" for a in addresses]


def _holds(network: NetworkSpec, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network.cidr)


def plug(host: str, bridge: str, mac: str) -> Path:
    """Make the host's namespace, its NIC with the VM's MAC address, and plug it in. Returns the namespace's path."""
    unplug(host)
    run(["ip", "netns", "add", host])
    run(["ip", "link", "add", _port(host), "type", "veth", "peer", "name", GUEST_NIC, "address", mac, "netns", host])
    run(["ip", "link", "set", _port(host), "master", bridge, "up"])
    return NAMESPACES / host


def unplug(host: str) -> None:
    """Remove the host's namespace, and with it the NIC."""
    if (NAMESPACES / host).exists():
        with contextlib.suppress(CommandFailed):
            run(["ip", "link", "delete", _port(host)])
        run(["ip", "netns", "delete", host])


def cut(host: str) -> None:
    """Pull the network cable: the guest sees its NIC without carrier."""
    run(["ip", "link", "set", _port(host), "down"])


def mend(host: str) -> None:
    """Plug the network cable in again."""
    run(["ip", "link", "set", _port(host), "up"])


def cut_service(address: str) -> None:
    """Nobody reaches the service any more; its process does not notice."""
    with contextlib.suppress(CommandFailed):
        run(["ip", "address", "delete", f"{address}/32", "dev", "lo"])


def mend_service(address: str) -> None:
    """The service is reached again."""
    run(["ip", "address", "replace", f"{address}/32", "dev", "lo"])


def address_of(host: str) -> str | None:
    """IPv4 address that the guest itself configured on its NIC, or None."""
    try:
        text = run(["ip", "-n", host, "-json", "-4", "address", "show", "dev", GUEST_NIC, "scope", "global"])
    except CommandFailed:
        return None
    for link in json.loads(text or "[]"):
        for address in link.get("addr_info", []):
            return str(address["local"])
    return None


def _port(host: str) -> str:
    """Name of the host's port on the bridge; Linux allows 15 characters, VM names are longer."""
    return f"p{zlib.crc32(host.encode()):08x}"


def _sysctl(name: str, value: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        Path("/proc/sys", name).write_text(value, encoding="ascii")
