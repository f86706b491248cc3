# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Configuration of the twin's DNS server (dnsmasq). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from lab.twin.spec import RecordSpec


def dnsmasq_config(listen: Iterable[str], records: Iterable[RecordSpec], domain: str) -> str:
    """Answers for *records*, forward and reverse; every other name does not exist, and nothing is asked outside."""
    lines = [
        "no-resolv",
        "no-hosts",
        "bind-interfaces",
        "local=/#/",
        f"domain={domain}",
        "user=root",
        "cache-size=0",
        "local-ttl=5",
        *(f"listen-address={address}" for address in listen),
        *(_line(record) for record in records),
    ]
    return "\n".join(lines) + "\n"


def resolv_conf(domain: str) -> str:
    """/etc/resolv.conf of a process inside the twin."""
    return f"search {domain}\nnameserver 127.0.0.1\noptions timeout:1 attempts:2\n"


def _line(record: RecordSpec) -> str:
    name, value = record.name.rstrip("."), record.value.rstrip(".")
    if name.startswith("*."):
        return f"address=/{name.removeprefix('*.')}/{value}"
    if record.type == "A":
        return f"host-record={name},{value}"
    if record.type == "CNAME":
        return f"cname={name},{value}"
    if record.type == "PTR":
        return f"ptr-record={_reverse(name)},{value}"
    raise ValueError(f"DNS record type {record.type} of {name}: the twin serves A, CNAME and PTR")


def _reverse(name: str) -> str:
    """An address as its name in in-addr.arpa; such a name stays."""
    return name if name.endswith(".arpa") else ".".join(reversed(name.split("."))) + ".in-addr.arpa"
