# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a decision means, as result values: how good it is, how full hosts become, what stands against places, what losses cost (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.codes import Refusal
from ansible_collections.groundwork.platform.plugins.module_utils._placement.conflict import Conflict, conflict
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision
from ansible_collections.groundwork.platform.plugins.module_utils._placement.explain import explain
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import Loads
from ansible_collections.groundwork.platform.plugins.module_utils._placement.resilience import Loss, losses

Values = dict[str, t.Any]


class Assessment(t.NamedTuple):
    """Everything that is worth to know about a decision; ``usage`` by host and resource: before, after and limit."""

    decision: Decision
    conflict: Conflict | None
    losses: tuple[Loss, ...]
    usage: t.Mapping[str, t.Mapping[str, tuple[int, int, int]]]


def assess(decision: Decision) -> Assessment:
    """Look at a decision from all sides.

    With machines that cannot be placed only the contradiction is told, not what losses would cost; while a vCenter is unseen neither.
    """
    whole = not decision.unplaced and not decision.estate.unseen
    return Assessment(decision, conflict(decision), losses(decision) if whole else (), usage(decision))


def usage(decision: Decision) -> dict[str, dict[str, tuple[int, int, int]]]:
    """vCPUs, memory in MB and datastores in GB of each host that can be seen."""
    instance, before, after = decision.instance, Loads(decision.instance), decision.loads()
    for index, item in enumerate(instance.items):
        if item.stay is not None:
            before.place(index, item.stay)
    found: dict[str, dict[str, tuple[int, int, int]]] = {}
    for number, entry in enumerate(decision.estate.hosts.values()):
        state = decision.estate.state(entry)
        if state is not None:
            found[entry.name] = {
                "vcpus": (before.cpu[number], after.cpu[number], instance.cpu[number].limit),
                "memory_mb": (before.ram[number], after.ram[number], instance.ram[number].limit),
            }
            for store in sorted(state.datastores):
                at = instance.stores.index((entry.vcenter, store))
                found[entry.name][store] = (-(-before.disk[at] // 1024), -(-after.disk[at] // 1024), instance.disk[at].limit // 1024)
    return found


def result(assessment: Assessment, asked: t.Collection[str] = ()) -> Values:
    """The assessment in the form of a module's result, which JSON can hold; machines that are ``asked`` for are explained in any case."""
    solution = assessment.decision.solution
    proven = solution.proven and not assessment.decision.estate.unseen
    return {
        "optimality": {"proven": proven, "gap_permille": solution.gap_permille, "max_share_ppm": solution.peak, "bound_ppm": solution.bound},
        "utilisation": {
            host: {what: dict(zip(("before", "after", "limit"), values)) for what, values in parts.items()} for host, parts in assessment.usage.items()
        },
        "explain": {vm: _reasons(hosts) for vm, hosts in explain(assessment.decision, asked).items()},
        "conflict": _conflict(assessment.conflict),
        "n_plus_1": {loss.host: _loss(loss) for loss in assessment.losses},
    }


def _reasons(hosts: t.Mapping[str, t.Sequence[Refusal]]) -> dict[str, list[Values]]:
    return {host: [{"code": refusal.code, "reason": refusal.reason, "remedy": refusal.remedy} for refusal in found] for host, found in hosts.items()}


def _conflict(found: Conflict | None) -> Values:
    if found is None:
        return {}
    return {"facts": list(found.reasons), "minimal": found.minimal, "helps": [change.text for change in found.helps], "not_searched": found.unsearched}


def _loss(loss: Loss) -> Values:
    return {
        "machines": list(loss.machines),
        "quorum": {env: {"left": quorum.left, "of": quorum.of, "kept": quorum.kept} for env, quorum in loss.quorum.items()},
        "elsewhere": dict(loss.elsewhere),
        "why_not": {vm: _reasons(hosts) for vm, hosts in loss.why_not.items()},
    }
