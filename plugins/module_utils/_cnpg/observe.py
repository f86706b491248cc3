# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as it is now: its object, pods and volumes, reduced to what decisions need (pure)."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import stuck_of

INSTANCE = "cnpg.io/podRole=instance"
ROLE = "cnpg.io/instanceRole"
JOB_ROLE = "cnpg.io/jobRole"
JOB = "batch.kubernetes.io/job-name"


@dataclass(frozen=True)
class Pod:
    """One instance's pod. ``stuck`` is the reason and message of a container that cannot start."""

    name: str
    node: str
    ready: bool
    leaving: bool
    image: str
    containers: frozenset[str]
    resources: t.Mapping[str, t.Any] = field(default_factory=dict)
    restarted_at: str = ""
    stuck: tuple[str, str] | None = None


@dataclass(frozen=True)
class Volume:
    """One volume claim. ``serves`` is PG_DATA, PG_WAL or PG_TABLESPACE, the last one of ``tablespace``."""

    name: str
    instance: str
    serves: str
    requested: str
    capacity: str
    bound: bool
    volume: str
    storage_class: str
    tablespace: str = ""


@dataclass(frozen=True)
class Failure:
    """A job of the operator, such as full-recovery of shop-1, of which pods have failed. ``error`` is the last one's, where somebody has asked."""

    job: str
    role: str
    pods: tuple[str, ...]
    error: str = ""


@dataclass(frozen=True)
class Observed:
    """Everything that is looked at in one round of waiting."""

    cluster: Object
    pods: tuple[Pod, ...] = ()
    volumes: tuple[Volume, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def phase(self) -> str:
        """status.phase."""
        return str(at(self.cluster, "status", "phase") or "")

    @property
    def reason(self) -> str:
        """status.phaseReason: the operator's own words."""
        return str(at(self.cluster, "status", "phaseReason") or "")

    @property
    def primary(self) -> str:
        """Name of the primary."""
        return str(at(self.cluster, "status", "currentPrimary") or "")

    @property
    def target(self) -> str:
        """Name of the instance that is to be primary."""
        return str(at(self.cluster, "status", "targetPrimary") or "")

    def condition(self, kind: str) -> Object:
        """One of status.conditions, empty if it is not there."""
        found = at(self.cluster, "status", "conditions") or []
        return next((condition for condition in found if condition.get("type") == kind), {})

    def annotation(self, name: str) -> str:
        """One of the cluster's annotations."""
        return str((at(self.cluster, "metadata", "annotations") or {}).get(name) or "")

    @property
    def fenced(self) -> frozenset[str]:
        """Instances that are fenced; * stands for all."""
        return fenced_in(self.annotation("cnpg.io/fencedInstances"))


def fenced_in(text: str) -> frozenset[str]:
    """Names in the annotation cnpg.io/fencedInstances."""
    try:
        names = json.loads(text or "[]")
    except ValueError:
        return frozenset()
    return frozenset(str(name) for name in names) if isinstance(names, list) else frozenset()


def observe(cluster: Object, pods: t.Iterable[Object], claims: t.Iterable[Object]) -> Observed:
    """From what the API answers. Pods of jobs and poolers are no instances."""
    known = list(pods)
    instances = [pod for pod in known if at(pod, "metadata", "labels", "cnpg.io/podRole") == "instance"]
    return Observed(
        cluster,
        tuple(sorted(map(_pod, instances), key=lambda pod: pod.name)),
        tuple(sorted(map(_volume, claims), key=lambda claim: claim.name)),
        tuple(_failures(known)),
    )


def _failures(pods: t.Iterable[Object]) -> t.Iterator[Failure]:
    """By job; its pods in the order in which they were made."""
    found: dict[tuple[str, str], list[Object]] = {}
    for pod in pods:
        labels = at(pod, "metadata", "labels") or {}
        if labels.get(JOB_ROLE) and at(pod, "status", "phase") == "Failed":
            found.setdefault((str(labels.get(JOB) or ""), str(labels[JOB_ROLE])), []).append(pod)
    for (job, role), failed in sorted(found.items()):
        yield Failure(job, role, tuple(name_of(pod) for pod in sorted(failed, key=lambda pod: str(at(pod, "metadata", "creationTimestamp")))))


def _pod(raw: Object) -> Pod:
    containers = at(raw, "spec", "containers") or []
    main: Object = next((container for container in containers if container.get("name") == "postgres"), {})
    every = containers + (at(raw, "spec", "initContainers") or [])
    conditions = at(raw, "status", "conditions") or []
    return Pod(
        name=name_of(raw),
        node=str(at(raw, "spec", "nodeName") or ""),
        ready=any(condition.get("type") == "Ready" and condition.get("status") == "True" for condition in conditions),
        leaving=bool(at(raw, "metadata", "deletionTimestamp")),
        image=str(main.get("image") or ""),
        containers=frozenset(str(container.get("name")) for container in every),
        resources=main.get("resources") or {},
        restarted_at=str((at(raw, "metadata", "annotations") or {}).get("kubectl.kubernetes.io/restartedAt") or ""),
        stuck=stuck_of(raw),
    )


def _volume(raw: Object) -> Volume:
    labels = at(raw, "metadata", "labels") or {}
    return Volume(
        name=name_of(raw),
        instance=str(labels.get("cnpg.io/instanceName") or ""),
        serves=str(labels.get("cnpg.io/pvcRole") or ""),
        requested=str(at(raw, "spec", "resources", "requests", "storage") or ""),
        capacity=str(at(raw, "status", "capacity", "storage") or ""),
        bound=at(raw, "status", "phase") == "Bound",
        volume=str(at(raw, "spec", "volumeName") or ""),
        storage_class=str(at(raw, "spec", "storageClassName") or ""),
        tablespace=str(labels.get("cnpg.io/tablespaceName") or ""),
    )
