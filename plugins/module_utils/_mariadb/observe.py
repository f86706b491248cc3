# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as it is now: its object, StatefulSet, pods and volumes, reduced to what decisions need (pure)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import CONTAINER, condition
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import stuck_of

REVISION = "controller-revision-hash"


@dataclass(frozen=True)
class Pod:
    """One member's pod. ``stuck`` is the reason and message of a container that cannot start."""

    name: str
    node: str
    ready: bool
    leaving: bool
    image: str
    revision: str = ""
    resources: t.Mapping[str, t.Any] = field(default_factory=dict)
    stuck: tuple[str, str] | None = None


@dataclass(frozen=True)
class Volume:
    """One volume claim of a member's data."""

    name: str
    capacity: str
    bound: bool
    volume: str = ""


@dataclass(frozen=True)
class Observed:
    """Everything that is looked at in one round of waiting. ``revision`` is what the StatefulSet makes pods from; empty: it has not been looked at."""

    mariadb: Object
    members: int = 0
    revision: str = ""
    current: bool = False
    pods: tuple[Pod, ...] = ()
    volumes: tuple[Volume, ...] = ()

    @property
    def primary(self) -> str:
        """Name of the primary's pod."""
        return str(at(self.mariadb, "status", "currentPrimary") or "")

    def says(self, kind: str) -> tuple[str, str, str]:
        """(status, reason, message) of a condition, empty texts where there is none."""
        found = condition(self.mariadb, kind)
        return str(found.get("status") or ""), str(found.get("reason") or ""), str(found.get("message") or "")


def observe(mariadb: Object, workload: Object | None, pods: t.Iterable[Object], claims: t.Iterable[Object]) -> Observed:
    """From what the API answers. Pods of jobs carry other labels and are not among them."""
    generation = at(workload, "metadata", "generation")
    return Observed(
        mariadb,
        members=int(at(workload, "spec", "replicas") or 0),
        revision=str(at(workload, "status", "updateRevision") or ""),
        current=workload is not None and at(workload, "status", "observedGeneration") == generation,
        pods=tuple(sorted(map(_pod, pods), key=lambda pod: pod.name)),
        volumes=tuple(sorted((_volume(claim) for claim in claims if name_of(claim).startswith("storage-")), key=lambda claim: claim.name)),
    )


def _pod(raw: Object) -> Pod:
    containers = at(raw, "spec", "containers") or []
    main: Object = next((container for container in containers if container.get("name") == CONTAINER), {})
    conditions = at(raw, "status", "conditions") or []
    return Pod(
        name=name_of(raw),
        node=str(at(raw, "spec", "nodeName") or ""),
        ready=any(found.get("type") == "Ready" and found.get("status") == "True" for found in conditions),
        leaving=bool(at(raw, "metadata", "deletionTimestamp")),
        image=str(main.get("image") or ""),
        revision=str((at(raw, "metadata", "labels") or {}).get(REVISION) or ""),
        resources=main.get("resources") or {},
        stuck=stuck_of(raw),
    )


def _volume(raw: Object) -> Volume:
    return Volume(
        name=name_of(raw),
        capacity=str(at(raw, "status", "capacity", "storage") or ""),
        bound=at(raw, "status", "phase") == "Bound",
        volume=str(at(raw, "spec", "volumeName") or ""),
    )
