# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS records as a zone fragment that can be pasted into a zone file (RFC 1035, section 5)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence


def zone_fragment(records: Sequence[Mapping[str, str]], domain: str) -> str:
    """Forward records of a domain, then the reverse records of each /24 network.

    Wildcards and names that share an address with an earlier name get no reverse record. Raises ValueError for a value
    that is not an IPv4 address.
    """
    width = max((len(_relative(record["name"], domain)) for record in records), default=0)
    lines = [f"$ORIGIN {domain}."]
    lines += [f"{_relative(record['name'], domain):<{width}}  IN  {record['type']:<4} {record['value']}" for record in records]
    reverse: dict[str, dict[str, str]] = {}
    for address, name in _pointers(records):
        zone = ".".join(reversed(address.split(".")[:3])) + ".in-addr.arpa"
        reverse.setdefault(zone, {}).setdefault(address.rsplit(".", 1)[1], name)
    for zone, pointers in reverse.items():
        lines += ["", f"$ORIGIN {zone}.", *(f"{host:<3}  IN  PTR  {name}." for host, name in pointers.items())]
    return "\n".join(lines) + "\n"


def _pointers(records: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for record in records:
        if record["type"] == "A" and not record["name"].startswith("*"):
            yield str(ipaddress.IPv4Address(record["value"])), record["name"]


def _relative(name: str, domain: str) -> str:
    """The name below the domain; a name of another domain stays absolute."""
    return name.removesuffix("." + domain) if name.endswith("." + domain) else f"{name}."
