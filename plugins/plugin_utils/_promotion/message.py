# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of a promotion's commit: all that a later run, or an auditor, has to know stands in its trailers. No I/O."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules_secrets import looks_secret
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import Move
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.verdict import Verdict

LONGEST = 400


@dataclasses.dataclass(frozen=True)
class Header:
    """What is said of a promotion beside its moves and gates."""

    identity: str
    source: str
    target: str
    actor: str | None
    ticket: str = ""
    approvers: tuple[str, ...] = ()
    approved_commit: str | None = None


def kept(text: str) -> str:
    """What may be written down: evidence may quote what somebody typed into a cluster."""
    return "(not written down, it looks like a secret)" if looks_secret(text) else text


def trailer(key: str, text: str) -> str:
    """One line, not too long."""
    return f"{key}: {kept(' '.join(text.split()))[:LONGEST]}"


def waived(verdicts: Sequence[Verdict]) -> list[str]:
    """What was waived, with its reasons."""
    return [" ".join(f"{verdict.gate} {verdict.evidence.rpartition('waived: ')[2]}".split())[:LONGEST] for verdict in verdicts if verdict.state == "waived"]


def merging(identity: str, approvers: Sequence[str], verdicts: Sequence[Verdict]) -> str:
    """What the merge commit of a pull request adds to the commit that was approved: who did, and what the gates said then."""
    return "\n".join([trailer("Merges-Promotion", identity), *(trailer("Approved-By", name) for name in approvers), *_gates(verdicts)])


def message(header: Header, moves: Sequence[Move], verdicts: Sequence[Verdict], facts: Mapping[str, str]) -> str:
    """``facts`` are further trailers."""
    named = ", ".join(map(str, moves)) if len(moves) <= 3 else f"{len(moves)} components"
    lines = [
        trailer("Promotion-Id", header.identity),
        trailer("Promoted-From", header.source),
        trailer("Promoted-To", header.target),
        trailer("Promoted-By", header.actor or "unknown"),
        *(trailer("Release", f"{move.component} {move.after.release if move.after else 'removed'}") for move in moves),
        *_gates(verdicts),
        *(trailer("Waived", text) for text in waived(verdicts)),
        *(trailer(key, text) for key, text in facts.items()),
        *([trailer("Ticket", header.ticket)] if header.ticket else []),
        *(trailer("Approved-By", name) for name in header.approvers),
        *([trailer("Approved-Commit", header.approved_commit)] if header.approved_commit else []),
    ]
    return f"Promote {named} from {header.source} to {header.target}\n\n" + "\n".join(lines) + "\n"


def _gates(verdicts: Sequence[Verdict]) -> list[str]:
    return [trailer("Gate", f"{verdict.gate} {verdict.state}: {verdict.evidence}") for verdict in verdicts]
