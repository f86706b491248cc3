# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry of the catalogue: what a component is, which releases of it are known, and what it needs in a cluster."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Ports

#: In the order of installation. A component needs nothing of a later layer.
LAYERS = ("cluster", "gitops", "network", "storage", "databases", "monitoring", "security", "identity", "applications")
Layer = Literal["cluster", "gitops", "network", "storage", "databases", "monitoring", "security", "identity", "applications"]
Minor = Annotated[str, Field(pattern=r"^1\.[0-9]+$")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class Kubernetes(Part):
    """Minor versions that a release is made for, both ends included; null = the vendor does not say."""

    first: Minor | None = None
    last: Minor | None = None

    def fits(self, line: str) -> bool:
        """Whether a line such as 1.35 is not outside."""
        minor = _minor(line)
        return (self.first is None or _minor(self.first) <= minor) and (self.last is None or minor <= _minor(self.last))

    def __str__(self) -> str:
        if self.first and self.last:
            return self.first if self.first == self.last else f"{self.first} to {self.last}"
        return f"from {self.first} on" if self.first else f"up to {self.last}" if self.last else "not stated"


def _minor(line: str) -> int:
    return int(line.split(".")[1])


class Release(Part):
    """One exact version; null wherever no published source says it."""

    app: str | None = None
    digest: Digest | None = None
    kubernetes: Kubernetes = Kubernetes()
    ends: datetime.date | None = None
    source: str


class Chart(Part):
    """A Helm chart; the component's version is the chart's."""

    repository: Annotated[str, Field(pattern=r"^(https?|oci)://")]
    name: str


class Manifest(Part):
    """Files that the vendor publishes for each release; {version} stands for it."""

    urls: Annotated[list[str], Field(min_length=1)]
    without_namespace: Annotated[bool, Field(description="They leave the namespace to kubectl's -n.")] = False


class Workload(Part):
    """One container that we describe ourselves; the component's version is the image's tag."""

    image: str
    port: int
    data: Annotated[str, Field(description="Where its volume is mounted.")]
    volume_gb: int
    user: int
    environment: dict[str, str] = {}
    probe: Annotated[str, Field(description="Path that answers once it works.")]


class Flow(Part):
    """Traffic that a component's pods need; one of the two ends is the component itself."""

    source: Annotated[str | None, Field(alias="from")] = None
    target: Annotated[str | None, Field(alias="to")] = None
    ports: list[Ports] = []
    why: str


class Parameter(Part):
    """Where a fact of the environment goes: into Helm values, or into a field of an object."""

    fact: str
    at: Annotated[list[str | int], Field(min_length=1)]
    object: Annotated[str | None, Field(pattern=r"^[A-Za-z]+/[a-z0-9.-]+$", description="<kind>/<name>; null = Helm values.")] = None
    optional: Annotated[bool, Field(description="Left as the vendor has it where the matrix does not say it.")] = False


class Probe(Part):
    """A proof that component_info can try; what each kind means stands in its documentation."""

    kind: Literal["address", "alerts", "certificates", "condition", "secrets", "volume"]
    api_version: str | None = None
    target: Annotated[str | None, Field(pattern=r"^[A-Za-z]+(/[a-z0-9.-]+)?$", description="<kind>/<name>, or a kind alone for all objects of it.")] = None
    condition: str | None = None
    fact: Annotated[str | None, Field(description="Fact of the environment that must be found, such as ingress.address.")] = None


class Ready(Part):
    """How to know that it works: what must be rolled out, what the API must accept, and what it has to prove."""

    workloads: list[str]
    dry_run: dict[str, Any] | None = None
    probes: list[Probe] = []
    proof: str


class Entry(Part):
    """One file of the catalogue."""

    purpose: str
    layer: Layer
    namespace: str
    pod_security: Literal["restricted", "baseline", "privileged"]
    holds_data: Annotated[bool, Field(description="Nothing of it is deleted before somebody confirms it in Argo CD.")] = False
    brings_namespace: Annotated[bool, Field(description="The vendor's files contain the namespace; ours is used.")] = False
    requires: list[str] = []
    conflicts: Annotated[list[str], Field(description="Components of K3s that have to be disabled.")] = []
    cni: Annotated[str | None, Field(description="Value that k3s.cni must have.")] = None
    successor: Annotated[str | None, Field(description="What replaces a component that has ended.")] = None
    chart: Chart | None = None
    manifest: Manifest | None = None
    workload: Workload | None = None
    version: Annotated[str | None, Field(description="Release of a matrix that names none; null = pinned by nobody yet.")]
    releases: dict[str, Release] = {}
    crds: list[str] = []
    values: dict[str, Any] = {}
    objects: list[dict[str, Any]] = []
    patches: list[dict[str, Any]] = []
    parameters: list[Parameter] = []
    flows: list[Flow] = []
    names: Annotated[list[str], Field(description="<kind>/<name> that somebody else's program expects, beside the naming rules.")] = []
    ready: Ready
    removal: str

    @property
    def is_application(self) -> bool:
        """Whether a matrix names it under applications."""
        return self.layer == "applications"
