# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate ends first, and whether somebody must act (pure; k3s-contract 2)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._k3s.certificates import Certificate

#: K3s renews a leaf certificate at a start when it has fewer days left.
RENEWED_BELOW = 120
_DAY = 86400.0


@dataclass(frozen=True)
class Report:
    """Lines for the operator: the first to end of each place, those that end soon, and those that have ended."""

    first: t.Mapping[str, str]
    warnings: tuple[str, ...]
    problems: tuple[str, ...]


def report(places: t.Mapping[str, t.Sequence[Certificate] | None], now: float) -> Report:
    """Judge the certificates of hosts, or of any other place, by its name. ``now``: seconds since the epoch."""
    first: dict[str, str] = {}
    warnings, problems = [], []
    for place, certificates in sorted(places.items()):
        if not certificates:
            warnings.append(f"{place}: no certificate could be read; is openssl installed there?")
            continue
        soonest = min(certificates, key=lambda c: (c.not_after, c.path))
        first[place] = f"{soonest.path} ends in {_days(soonest, now)} days"
        ended = [c for c in certificates if c.not_after <= now]
        problems += [f"{place}: {c.path} ({c.subject}) ended {-_days(c, now)} days ago" for c in ended]
        if not ended and _days(soonest, now) < RENEWED_BELOW:
            warnings.append(f"{place}: {first[place]}; K3s renews it at its next start (rotate.yml -e rotate=certificates), a CA it never renews (rotate=ca)")
    return Report(first, tuple(warnings), tuple(problems))


def _days(certificate: Certificate, now: float) -> int:
    """Whole days left, negative when it has ended."""
    return int((certificate.not_after - now) / _DAY)
