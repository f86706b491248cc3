# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that are there and break a constraint: they are told, and stay (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import eligibility
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Violation
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural


def violations(decision: Decision) -> tuple[Violation, ...]:
    """What a new machine would not be allowed. How pinned machines differ from their pin is drift, and told there."""
    return (*_together(decision), *_not_allowed(decision))


def _together(decision: Decision) -> t.Iterator[Violation]:
    """C3: servers of one environment in one failure domain; those that leave it, and what is off and not wanted any more, left out."""
    estate = decision.estate
    apart = estate.idle | set(decision.places)
    for group in sorted(estate.members, key=natural) if estate.policy.spread_servers else ():
        for domain, members in sorted(estate.members[group].items()):
            names = sorted((name for name in members if name not in apart), key=natural)
            if len(names) > 1:
                hosts = ", ".join(entry.name for entry in estate.hosts.values() if entry.domain == domain)
                yield Violation("C3", tuple(names), f"servers of {group} share {hosts or domain}: what fails there takes {len(names)} of them")


def _not_allowed(decision: Decision) -> t.Iterator[Violation]:
    """C10: machines on a host that is denied, or not among those that are allowed."""
    for vm in decision.estate.wanted.values():
        state = decision.estate.existing(vm)
        home = decision.estate.host_of(state) if state else None
        if home and not vm.host and vm.name not in decision.places:
            for refusal in eligibility.named(vm, home):
                yield Violation("C10", (vm.name,), f"is on {home.name}, and {refusal.reason}")
