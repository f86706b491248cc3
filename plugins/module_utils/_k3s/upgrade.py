# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers an upgrade still has to do, and what stands against it, from what was seen on all of them (pure).

Sources: docs.k3s.io, upgrades (servers one by one, then agents, no skipped minor); Kubernetes version skew policy;
k3s-contract 8. The version that counts is the one the kubelet reports, never the one of a file.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import absence
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation

_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)\+k3s(\d+)\Z")
_DEPRECATED = re.compile(r"apiserver_requested_deprecated_apis\{(?P<labels>[^}]*)\} 1(?:\.0)?\Z")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
# K3s copies its database at every start, and once more for a snapshot (k3s-contract 2); the rest is for the images.
SPARE_BYTES = 1 << 30
# K3s 1.34 brings etcd 3.6; members of an older 3.5 than this come back as zombies (k3s-contract 8; k3s-io/k3s#13485).
_ETCD_36_SINCE, _ETCD_36_FROM = (1, 34), (3, 5, 26)


@dataclass(frozen=True)
class Plan:
    """``todo``: servers still to do, in order. ``origin``: the version to leave, None when nothing is left to do."""

    target: str
    origin: str | None
    todo: tuple[str, ...]
    problems: tuple[str, ...]


def parse(version: str) -> tuple[int, int, int, int]:
    """Numbers of a version such as v1.35.0+k3s3, comparable; raises ValueError."""
    match = _VERSION.match(version)
    if match is None:
        raise ValueError(f"{version!r} is no exact K3s version such as v1.35.0+k3s3")
    major, minor, patch, release = (int(part) for part in match.groups())
    return major, minor, patch, release


def plan(servers: t.Mapping[str, Observation | None], target: str) -> Plan:
    """Decide; every server of the environment must be given, None for one that was not reached."""
    seen = {name: o for name, o in servers.items() if o is not None}
    problems = [f"{name} was not reached" for name in sorted(servers) if name not in seen]
    versions = {name: o.node_version or o.binary_version for name, o in seen.items()}
    problems += [f"{name}: nobody knows which version runs there" for name, version in sorted(versions.items()) if version is None]
    others = sorted({version for version in versions.values() if version not in (None, target)}, key=str)
    problems += _way(others, target)
    todo = [name for name, o in seen.items() if versions[name] != target or o.node_upgrade or not o.healthy]
    todo.sort(key=lambda name: (seen[name].healthy, not seen[name].node_upgrade, name))
    if not problems and todo:
        problems += absence.problems(todo[0], seen)
    return Plan(target, others[0] if others else None, tuple(todo), tuple(problems))


def _way(origins: t.Sequence[t.Any], target: str) -> list[str]:
    """Whether one upgrade leads from what runs to what is wanted."""
    if len(origins) > 1:
        return [f"the servers run {', '.join(origins)} beside each other; bring them to one version first"]
    try:
        return [problem for origin in origins for problem in _step(origin, parse(origin), parse(target), target)]
    except ValueError as error:
        return [str(error)]


def _step(origin: str, old: tuple[int, ...], new: tuple[int, ...], target: str) -> t.Iterator[str]:
    if old > new:
        yield f"{origin} runs and {target} is older: the way back needs the snapshot from before the upgrade (docs/runbooks/upgrade.md)"
    elif old[0] != new[0] or new[1] - old[1] > 1:
        yield f"from {origin} to {target} a minor version would be skipped; upgrade to v{old[0]}.{old[1] + 1} first"


def deprecated_apis(metrics: str, target: str) -> list[str]:
    """APIs in use that the target no longer has, from kube-apiserver's metrics (``apiserver_requested_deprecated_apis``).

    The gauge is 1 from the first request until that API server restarts. Raises ValueError for an unusable target.
    """
    found = set()
    for line in metrics.splitlines():
        match = _DEPRECATED.match(line)
        labels = dict(_LABEL.findall(match["labels"])) if match else {}
        removed = labels.get("removed_release", "")
        if re.match(r"\d+\.\d+\Z", removed) and tuple(map(int, removed.split("."))) <= parse(target)[:2]:
            group = f"{labels.get('group')}/" if labels.get("group") else ""
            found.add(f"{group}{labels.get('version')} {labels.get('resource')} (removed in {removed})")
    return sorted(found)


def blocking_budgets(budgets: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    """PodDisruptionBudgets (``policy/v1``) that allow no eviction now: a drain would wait for them until it fails."""
    blocked = [
        f"{b['metadata']['namespace']}/{b['metadata']['name']}"
        for b in budgets
        if b.get("status", {}).get("expectedPods", 0) > 0 and b.get("status", {}).get("disruptionsAllowed", 0) == 0
    ]
    return sorted(blocked)


def space_problem(database_bytes: int, free_bytes: int) -> str | None:
    """Whether K3s's copies of its database fit."""
    needed = 2 * database_bytes + SPARE_BYTES
    if free_bytes >= needed:
        return None
    return f"{free_bytes >> 20} MB are free under /var/lib/rancher/k3s; its copies of the database ({database_bytes >> 20} MB) need {needed >> 20} MB"


def etcd_problem(running: str | None, target: str) -> str | None:
    """Whether the etcd that runs (such as 3.5.21; None when it did not say) may be followed by the target's. Raises ValueError for an unusable target."""
    if parse(target)[:2] < _ETCD_36_SINCE:
        return None
    if running is None:
        return "etcd does not say its version; bring the server up first (site.yml)"
    if tuple(int(part) for part in re.findall(r"\d+", running)[:3]) >= _ETCD_36_FROM:
        return None
    wanted = ".".join(str(part) for part in _ETCD_36_FROM)
    return f"etcd {running} runs; {target} brings etcd 3.6, safe only after {wanted}: upgrade to a later patch of the present minor version first"
