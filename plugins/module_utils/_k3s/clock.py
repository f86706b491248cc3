# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the hosts' clocks agree well enough (pure). K3s judges files and certificates by them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

#: Seconds. A shared file that is 3 s newer than the datastore's copy ends a server's start (k3s-contract 2).
REFUSE = 3.0
#: Seconds. Time servers keep hosts within milliseconds: more than this means that one of them is not kept.
WARN = 1.0


@dataclass(frozen=True)
class Verdict:
    """Lines for a person; with ``problems`` nothing may be touched."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def skew(host: float, asked: float, answered: float) -> float:
    """Seconds that a host's clock is at least ahead (or behind, negative), when it was read between two moments of one's own."""
    if host > answered:
        return host - answered
    return host - asked if host < asked else 0.0


def judge(skews: t.Mapping[str, float | None]) -> Verdict:
    """From each host's skew against the same clock, None for one that was not measured. Two hosts differ by what their skews differ."""
    known = {name: value for name, value in skews.items() if value is not None}
    warnings = tuple(f"{name}'s clock is {_said(value)} this machine's" for name, value in sorted(known.items()) if abs(value) > WARN)
    if not known:
        return Verdict((), ())
    first, last = min(known, key=lambda name: known[name]), max(known, key=lambda name: known[name])
    apart = known[last] - known[first]
    if apart <= REFUSE:
        return Verdict((), warnings)
    text = f"the clocks of {first} and {last} are at least {apart:.1f} s apart, K3s tolerates {REFUSE:.0f} s: see 'chronyc tracking' there"
    return Verdict((text,), warnings)


def _said(value: float) -> str:
    return f"{abs(value):.1f} s {'ahead of' if value > 0 else 'behind'}"
