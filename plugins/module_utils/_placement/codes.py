# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The thirteen hard constraints, by code: what must hold for a machine on a host, and how a breach is told (pure data)."""

from __future__ import annotations

from dataclasses import dataclass

CONSTRAINTS = {
    "C1": "The host is in its vCenter, enabled, connected, powered on and not in maintenance or quarantine.",
    "C2": "Every vCenter of the site can be read: what cannot be seen is unknown, never empty.",
    "C3": "Servers of one environment do not share a failure domain, over all vCenters.",
    "C4": "The machine's vCPUs fit the host's threads, and all vCPUs the cores times the allowed sharing.",
    "C5": "All configured memory and its overhead fit the host's memory without the reserve.",
    "C6": "Disk, swap file and snapshot allowance fit the datastore beside promised space and headroom.",
    "C7": "A datastore is mounted writable on the host, accessible, not in maintenance, and allowed by the site.",
    "C8": "The virtual hardware version is one that the host runs, and not below the template's.",
    "C9": "Every network of the machine exists on the host.",
    "C10": "The host is the one the site names, among those it allows, and not among those it denies.",
    "C11": "An existing machine stays where it is unless its move is allowed by name.",
    "C12": "Datacenter and template are there, and the template's disk is not larger than the machine's.",
    "C13": "One machine per name over all vCenters, and an existing one is ours or adopted.",
}


@dataclass(frozen=True)
class Refusal:
    """One reason why a machine cannot be on a host: ``code`` of CONSTRAINTS, ``reason`` with the figures, ``remedy``."""

    code: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.code} {self.reason}"
