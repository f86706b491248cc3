# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of a component: what is equal in all environments. A copy of it is a release."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Entry
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.ownership import stamp
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import SPEC, Spec
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import dump, dump_all
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.values import overlay
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.workload import workload_objects

PATCHES = "patches/"
KUSTOMIZATION = "kustomization.yaml"


def base_folder(name: str, entry: Entry) -> str:
    """Where the base of a component stands."""
    return f"kubernetes/base/{'apps/' if entry.is_application else ''}{name}"


@dataclasses.dataclass(frozen=True)
class Own:
    """What a site says itself of a base: Helm values, files below patches/ (they come along unchanged), and its mirror."""

    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    patches: Mapping[str, str] = dataclasses.field(default_factory=dict)
    mirror: str | None = None


def base_files(catalogue: Catalogue, name: str, version: str, own: Own) -> dict[str, str]:
    """Files by name within the folder."""
    entry = catalogue[name]
    objects = [*entry.objects, *(workload_objects(name, entry, entry.workload, version) if entry.workload else ())]
    bodies: dict[str, Any] = {SPEC: dump(_spec(catalogue, name, version, own.mirror).to_data())}
    resources = manifest_urls(entry, version, own.mirror)
    if objects:
        bodies["objects.yaml"] = dump_all(objects)
        resources.append("objects.yaml")
    if entry.chart:
        bodies["values.yaml"] = dump(overlay(entry.values, own.values))
    if resources:
        bodies[KUSTOMIZATION] = dump(_kustomization(entry, resources, sorted(own.patches)))
    return {file: stamp(file, body) for file, body in bodies.items()} | dict(own.patches)


def manifest_urls(entry: Entry, version: str, mirror: str | None) -> list[str]:
    """Where the vendor's files of a release are fetched from."""
    urls = [url.replace("{version}", version) for url in entry.manifest.urls] if entry.manifest else []
    return [f"{mirror}/{url.partition('://')[2]}" for url in urls] if mirror else urls


def _kustomization(entry: Entry, resources: list[str], patches: list[str]) -> dict[str, Any]:
    ours = [{"patch": dump(patch)} for patch in entry.patches]
    if entry.brings_namespace:
        metadata = {"name": entry.namespace}
        ours.append({"patch": dump({"$patch": "delete", "apiVersion": "v1", "kind": "Namespace", "metadata": metadata})})
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
        "patches": [*ours, *({"path": path} for path in patches)],
        # Kustomize would give it to cluster-wide objects of kinds that it does not know, too; so only where it is needed.
        **({"namespace": entry.namespace} if entry.manifest and entry.manifest.without_namespace else {}),
    }


def _spec(catalogue: Catalogue, name: str, version: str, mirror: str | None) -> Spec:
    entry = catalogue[name]
    chart = entry.chart.model_copy(update={"repository": f"{mirror}/charts"}) if entry.chart and mirror else entry.chart
    release = entry.releases[version]
    return Spec(
        component=name,
        version=version,
        digest=release.digest,
        layer=entry.layer,
        wave=catalogue.wave(name),
        namespace=entry.namespace,
        pod_security=entry.pod_security,
        holds_data=entry.holds_data,
        cni=entry.cni,
        kubernetes=release.kubernetes,
        chart=chart,
        names=entry.names,
        parameters=entry.parameters,
        flows=entry.flows,
    )
