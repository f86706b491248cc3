# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the tree that belongs to one environment: what follows from its lock, its releases and its part of the matrix."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops import argocd
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.backups import alert_objects, velero_objects, volume_objects
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.base import KUSTOMIZATION
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.databases import (
    COMPONENT,
    Tenant,
    database_clients,
    database_namespaces,
    database_objects,
)
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.issuer import issuer_objects, issuer_tenants
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.mariadb import mariadb_objects, mariadb_tenants
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.metallb import pool_objects
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.policies import SYSTEM, namespace_policies
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import Release, Spec
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import dump, dump_all
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.values import overlay, placed
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.workload import CONFIRM
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_platform import Git

LEVELS = ("restricted", "baseline", "privileged")
OF_ROOT = ("applications/", "namespaces/", "projects.yaml")
OWN_OBJECTS = {
    "cert-manager": issuer_objects,
    COMPONENT: database_objects,
    "kube-prometheus-stack": alert_objects,
    "longhorn": volume_objects,
    "metallb": pool_objects,
    "velero": velero_objects,
}


def environment_folder(key: str) -> str:
    """Where an environment stands."""
    return f"kubernetes/environments/{key}"


def environment_files(target: Target, git: Git, releases: Sequence[Release], own_files: Collection[str]) -> dict[str, str]:
    """Bodies by path of everything but the lock. ``own_files`` are paths of the owner's files in the tree."""
    folder = environment_folder(target.key)
    namespaces = {release.component: release.spec.namespace for release in releases}
    specs = [release.spec for release in releases]
    tenants = database_namespaces(target) if COMPONENT in namespaces else {}
    bodies = {f"{folder}/projects.yaml": dump_all(argocd.projects(releases, git, {COMPONENT: tenants}))} if releases else {}
    for name in sorted({*namespaces.values(), *tenants} - {SYSTEM}):
        mine = [spec for spec in specs if spec.namespace == name]
        databases = [*([tenants[name]] if name in tenants else []), *mariadb_tenants(target, [spec.component for spec in mine])]
        databases += database_clients(target, {spec.component: name for spec in mine}) if tenants else []
        inside: list[Spec | Tenant] = [*mine, *databases, *issuer_tenants(target, mine)]
        parties = dict(zip(tenants, tenants, strict=True)) | namespaces
        bodies[f"{folder}/namespaces/{name}.yaml"] = dump_all([_namespace(name, inside), *namespace_policies(name, inside, target, parties)])
    for release in releases:
        here = f"{folder}/{release.component}"
        own = sorted(path.removeprefix(here + "/") for path in own_files if path.startswith(here + "/") and path.endswith(".yaml"))
        files = _component(target, release, own)
        bodies |= {f"{here}/{name}": body for name, body in files.items()}
        bodies[f"{folder}/applications/{release.component}.yaml"] = dump(argocd.application(release, git, here, KUSTOMIZATION in files))
    resources = sorted(path.removeprefix(folder + "/") for path in bodies if path.startswith(tuple(f"{folder}/{part}" for part in OF_ROOT)))
    return bodies | {
        f"{folder}/{KUSTOMIZATION}": dump(_kustomization(resources)),
        f"kubernetes/bootstrap/{target.key}.yaml": dump(argocd.root(target.key, git)),
    }


def _component(target: Target, release: Release, own: Sequence[str]) -> dict[str, str]:
    spec = release.spec
    facts = target.facts(spec.component)
    objects = OWN_OBJECTS[spec.component](target) if spec.component in OWN_OBJECTS else []
    objects = [*objects, *mariadb_objects(target, spec.component, spec.namespace)]
    bodies = {"objects.yaml": dump_all(objects)} if objects else {}
    if spec.chart:
        places = [(parameter.at, facts[parameter.fact]) for parameter in spec.parameters if parameter.object is None and parameter.fact in facts]
        bodies["values.yaml"] = dump(overlay(placed(release.values, places), target.values(spec.component)))
    resources = sorted([*(bodies.keys() - {"values.yaml"}), *(path for path in own if path.startswith("secrets/"))])
    if KUSTOMIZATION in release.files:
        resources.insert(0, f"../../../releases/{spec.component}/{release.hash}")
    patches = [*_patches(spec, facts), *({"path": path} for path in own if path.startswith("patches/"))]
    # Kustomize takes a folder without objects for a mistake.
    return bodies | ({KUSTOMIZATION: dump(_kustomization(resources, patches))} if resources else {})


def _patches(spec: Spec, facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Facts that go into objects, one patch for each object (RFC 6902)."""
    places: dict[str, list[dict[str, Any]]] = {}
    for parameter in spec.parameters:
        if parameter.object is not None and parameter.fact in facts:
            path = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in parameter.at)
            places.setdefault(parameter.object, []).append({"op": "replace", "path": path, "value": facts[parameter.fact]})
    for target, operations in places.items():
        kind, _slash, name = target.partition("/")
        yield {"target": {"kind": kind, "name": name}, "patch": dump(operations)}


def _namespace(name: str, specs: Sequence[Spec | Tenant]) -> dict[str, Any]:
    """A namespace with the loosest level that one of its components needs. It comes before everything in it."""
    level = max((spec.pod_security for spec in specs), key=LEVELS.index)
    labels = {"pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/warn": level}
    annotations = CONFIRM | {"argocd.argoproj.io/sync-wave": "-2"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels, "annotations": annotations}}


def _kustomization(resources: Sequence[str], patches: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(resources),
        **({"patches": list(patches)} if patches else {}),
    }
