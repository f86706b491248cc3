# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates about the repository and about people: G0 clean, G1 chain, G8 authority. Nobody can waive them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Authority, Clone
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.verdict import Verdict, judged, passed


def g0_clean(clone: Clone, branch: str) -> Verdict:
    """Nothing uncommitted, the right branch, equal to the server's, and no other promotion under way."""
    faults = [
        *(["the clone has changes that are not committed"] if not clone.clean else []),
        *([f"the clone is on {clone.branch}, not on {branch}"] if clone.branch != branch else []),
        *([f"the clone is {clone.ahead} commits ahead of the server"] if clone.ahead else []),
        *([f"the clone is {clone.behind} commits behind the server"] if clone.behind else []),
        *([f"{clone.locked_by} promotes at the same time"] if clone.locked_by else []),
    ]
    return judged("G0", faults, f"{branch} is clean and equal to the server's", "commit, pull, or wait, and start again")


def g1_chain(order: Sequence[str], source: str, target: str, rejected: Mapping[str, str], releases: Collection[str], force_reason: str) -> Verdict:
    """The target comes right after the source. A release that was taken back there needs a reason to return.

    ``rejected`` is why, by release, in the target. There is no override for the order.
    """
    faults = [f"there is no environment {name}" for name in (source, target) if name not in order]
    if not faults and order.index(target) != order.index(source) + 1:
        after = order[order.index(source) + 1 :]
        faults = [f"after {source} comes {after[0]}, not {target}" if after else f"{source} is the last environment"]
    returning = sorted(set(releases) & rejected.keys()) if not force_reason.strip() else []
    faults += [f"{release} was taken back in {target}: {rejected[release]}" for release in returning]
    return judged("G1", faults, f"{target} follows {source}", "promote step by step; a release that was taken back returns with force_reason")


def g8_authority(authority: Authority, allowed: Collection[str], approvals: int, signed: bool) -> Verdict:
    """Everything was brought by signed commits of people who may, and enough others approved: nobody approves what he asks for himself.

    ``allowed`` are those who may in the target: they ask and approve; ``authority.signers`` names nobody who may not vouch for that thing.
    Lacking approvals do not fail it: it is open as soon as they are there.
    """
    unsigned = sorted(what for what, signer in authority.signers.items() if signer is None) if signed else []
    faults = [f"{what} was not brought by a commit that is signed by somebody who may" for what in unsigned]
    if authority.actor not in allowed and (signed or approvals):
        faults.append(f"whoever asks is not known: the key that signs here is not among {', '.join(sorted(allowed)) or 'promotion.signers, which is empty'}")
    if faults:
        return judged("G8", faults, "", "let somebody who may (promotion.signers of the matrix) sign a commit that brings it")
    others = (authority.approvers & set(allowed)) - {str(authority.actor)}
    evidence = f"asked by {authority.actor}, {len(others)} of {approvals} approvals by others: {', '.join(sorted(others)) or 'nobody yet'}"
    if len(others) < approvals:
        return Verdict("G8", "deferred", evidence, "have it approved, and start again")
    return passed("G8", evidence)
