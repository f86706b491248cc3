# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do DNS records resolve? Asks the machine's own resolver, many names at the same time."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Optional

# Stands for the star when a wildcard is asked for: a name that nobody gives a record of its own.
PROBE_LABEL = "groundwork-wildcard-probe"
PARALLEL = 16
TRY_AGAIN = 2  # of h_errno in netdb.h, which Python has no name for

Forward = Callable[[str], list[str]]
Reverse = Callable[[str], Optional[str]]


class NoAnswer(Exception):
    """No name server answered: nothing is known about the name."""


def check_records(
    records: Sequence[Mapping[str, str]],
    reverse: bool,
    forward_lookup: Forward | None = None,
    reverse_lookup: Reverse | None = None,
) -> tuple[list[str], int]:
    """(one sentence per record that is not as wanted, number of questions). Lookups can be replaced for tests."""
    forward_lookup, reverse_lookup = forward_lookup or addresses_of, reverse_lookup or name_of
    primary: dict[str, str] = {}
    for record in records:
        if not record["name"].startswith("*"):
            primary.setdefault(record["value"], record["name"])
    with ThreadPoolExecutor(PARALLEL) as pool:
        forward = list(pool.map(lambda record: _forward_problem(record["name"], record["value"], forward_lookup), records))
        backward = list(pool.map(lambda pair: _reverse_problem(pair[1], pair[0], reverse_lookup), primary.items() if reverse else ()))
    return [problem for problem in forward + backward if problem], len(forward) + len(backward)


def _forward_problem(name: str, address: str, lookup: Forward) -> str | None:
    try:
        found = lookup(name.replace("*", PROBE_LABEL, 1))
    except NoAnswer:
        return f"{name}: no name server answers; see /etc/resolv.conf of this machine, then ask again"
    wanted = f"{name}. IN A {address}"
    if not found:
        return f"{name} does not resolve; create: {wanted}"
    if found != [address]:
        return f"{name} resolves to {', '.join(found)} instead of {address}; correct it to: {wanted}"
    return None


def _reverse_problem(name: str, address: str, lookup: Reverse) -> str | None:
    try:
        found = lookup(address)
    except NoAnswer:
        return f"{address}: no name server answers; see /etc/resolv.conf of this machine, then ask again"
    wanted = f"{'.'.join(reversed(address.split('.')))}.in-addr.arpa. IN PTR {name}."
    if found is None:
        return f"{address} has no name; create: {wanted}"
    if found.rstrip(".").lower() != name.lower():
        return f"{address} is called {found} instead of {name}; correct it to: {wanted}"
    return None


def addresses_of(name: str) -> list[str]:
    """IPv4 addresses of a name, sorted; empty when it does not resolve. Raises NoAnswer."""
    # The final dot keeps search domains out, but /etc/hosts does not know names with one.
    try:
        return _ask(f"{name}.") or _ask(name)
    except NoAnswer:
        return _ask(name)


def _ask(name: str) -> list[str]:
    try:
        return sorted({str(entry[4][0]) for entry in socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)})
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise NoAnswer(name) from error
        return []
    except UnicodeError:
        return []


def name_of(address: str) -> str | None:
    """The name of an address; None when it has none. Raises NoAnswer."""
    try:
        return socket.gethostbyaddr(address)[0]
    except (socket.herror, socket.gaierror) as error:
        if error.errno in (socket.EAI_AGAIN, TRY_AGAIN):
            raise NoAnswer(address) from error
        return None
