# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The value types of the matrix: what one YAML scalar may say and what it becomes."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import string
from typing import Annotated, Any, NamedTuple

from ansible_collections.groundwork.platform.plugins.module_utils._operator.quantity import quantity
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix import cron
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import BeforeValidator, WithJsonSchema

NUMBERS = re.compile(r"(\d{1,6})(?:\s*-\s*(\d{1,6}))?")
PLACEHOLDERS = {"env", "nr", "role", "site"}
DURATION = re.compile(r"(\d{1,5})([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?/(tcp|udp)")


@dataclasses.dataclass(frozen=True)
class Owner:
    """Marks a field that only the site's owner can fill; ``null`` means "not told yet"."""

    phase: str
    what: str


class AddressRange(NamedTuple):
    """An inclusive range of IPv4 addresses."""

    first: ipaddress.IPv4Address
    last: ipaddress.IPv4Address

    def __contains__(self, address: object) -> bool:
        return isinstance(address, ipaddress.IPv4Address) and self.first <= address <= self.last

    def overlaps(self, other: AddressRange) -> bool:
        """Whether both ranges have an address in common."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def parse_address(value: Any) -> ipaddress.IPv4Address:
    """One IPv4 address. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("must be an IPv4 address such as 192.168.180.21")
    try:
        return ipaddress.IPv4Address(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an IPv4 address such as 192.168.180.21") from None


def parse_network(value: Any) -> ipaddress.IPv4Network:
    """A network in CIDR notation, host bits zero. Raises ValueError."""
    try:
        if not isinstance(value, str) or "/" not in value:
            raise ValueError
        return ipaddress.IPv4Network(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an IPv4 network without host bits, such as 192.168.180.0/24") from None


def parse_address_range(value: Any) -> AddressRange:
    """One address, or first-last with both included. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("must be an address or a range such as 192.168.180.151-192.168.180.199")
    first, _separator, last = (part.strip() for part in value.partition("-"))
    found = AddressRange(parse_address(first), parse_address(last or first))
    if found.first > found.last:
        raise ValueError(f"{value!r} ends before it begins")
    return found


def parse_numbers(value: Any) -> range:
    """``21`` or ``21-23`` (both ends included) as a range of machine numbers. Raises ValueError."""
    match = NUMBERS.fullmatch(str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    if match is None:
        raise ValueError(f"{value!r} is neither a number nor a range such as 21-23")
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        raise ValueError(f"{value!r} ends before it begins")
    return range(first, last + 1)


def format_numbers(numbers: range) -> str:
    """The notation that ``parse_numbers`` reads."""
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"


def parse_name_pattern(value: Any) -> str:
    """A pattern of node names with the placeholders that exist. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("must be a text such as k8s-{env}-{nr}")
    try:
        unknown = {name for _text, name, _format, _conversion in string.Formatter().parse(value) if name is not None} - PLACEHOLDERS
    except ValueError as error:
        raise ValueError(f"{value!r} is no pattern: {error}") from None
    if unknown:
        raise ValueError(f"{value!r} has unknown placeholders; known are {', '.join(f'{{{name}}}' for name in sorted(PLACEHOLDERS))}")
    return value


def parse_ports(value: Any) -> str:
    """A port or range with its protocol. Raises ValueError."""
    match = PORTS.fullmatch(value) if isinstance(value, str) else None
    if match is None or not 0 < int(match[1]) <= int(match[2] or match[1]) <= 65535:
        raise ValueError(f"{value!r} is not a port such as 6443/tcp or 2379-2380/tcp")
    return match[0]


def parse_cron(value: Any) -> str:
    """A schedule in the five fields of cron. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("must be a schedule such as '0 */6 * * *'")
    cron.longest_gap(value)
    return value


def parse_quantity(value: Any) -> str:
    """A size or number as Kubernetes writes it. Raises ValueError."""
    if not isinstance(value, (str, int)) or isinstance(value, bool) or quantity(value) <= 0:
        raise ValueError(f"{value!r} is no quantity such as 20Gi")
    return str(value)


def parse_duration(value: Any) -> int:
    """``90s``, ``30m``, ``4h`` or ``1d`` in seconds. Raises ValueError."""
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{value!r} is no duration such as 30m, 4h or 1d")
    return int(match[1]) * SECONDS[match[2]]


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


Address = Annotated[ipaddress.IPv4Address, BeforeValidator(parse_address), WithJsonSchema({"type": "string", "format": "ipv4"})]
Network = Annotated[ipaddress.IPv4Network, BeforeValidator(parse_network), _text(r"^[0-9.]+/[0-9]+$")]
Addresses = Annotated[AddressRange, BeforeValidator(parse_address_range), _text(r"^[0-9.]+(-[0-9.]+)?$")]
Ports = Annotated[str, BeforeValidator(parse_ports), _text(r"^[0-9]+(-[0-9]+)?/(tcp|udp)$")]
Cron = Annotated[str, BeforeValidator(parse_cron)]
Quantity = Annotated[str, BeforeValidator(parse_quantity), WithJsonSchema({"type": ["string", "integer"]})]
Duration = Annotated[int, BeforeValidator(parse_duration), _text(r"^[0-9]{1,5}[smhd]$")]
NamePattern = Annotated[str, BeforeValidator(parse_name_pattern)]
Numbers = Annotated[
    range,
    BeforeValidator(parse_numbers),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]+(-[0-9]+)?$"}]}),
]
