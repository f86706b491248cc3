# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Argo CD gets: a project per layer, an Application per component in its sync wave, and the one that begins it all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import LAYERS
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import Release, Spec
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_platform import Git

NAMESPACE = "argocd"
#: The component that is Argo CD.
ITSELF = "argocd"
CLUSTER = "https://kubernetes.default.svc"
SYNC = {"automated": {"prune": True, "selfHeal": True}, "retry": {"limit": 5, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"}}}
ONLY_DIFFERENT = "ApplyOutOfSyncOnly=true"
OPTIONS = ["ServerSideApply=true", ONLY_DIFFERENT]
CONFIRMED = ["Prune=confirm", "Delete=confirm"]


def projects(releases: Sequence[Release], git: Git, beside: Mapping[str, Collection[str]]) -> Iterator[dict[str, Any]]:
    """A project for each layer in use. Applications of people may create nothing that belongs to the cluster as a whole.

    ``beside`` are namespaces that a component has objects in, beside its own.
    """
    specs = [release.spec for release in releases]
    for layer in LAYERS:
        here = [spec for spec in specs if spec.layer == layer]
        if here:
            sources = {str(git.repository), *(_repository(spec) for spec in here if spec.chart)}
            closed = layer == "applications"
            namespaces = {spec.namespace for spec in here} | (set() if closed else {"kube-system"})
            namespaces |= {name for spec in here for name in beside.get(spec.component, ())}
            yield {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "AppProject",
                "metadata": {"name": layer, "namespace": NAMESPACE, "annotations": {"argocd.argoproj.io/sync-wave": "-1"}},
                "spec": {
                    "description": f"Components of layer {layer}",
                    "sourceRepos": sorted(sources),
                    "destinations": [{"server": CLUSTER, "namespace": name} for name in sorted(namespaces)],
                    "clusterResourceWhitelist": [] if closed else [{"group": "*", "kind": "*"}],
                },
            }


def application(release: Release, git: Git, folder: str, has_objects: bool) -> dict[str, Any]:
    """One component: the environment's folder if that has objects, and the chart if there is one."""
    spec = release.spec
    tree = {"repoURL": git.repository, "targetRevision": git.branch, **({"path": folder} if has_objects else {})}
    source: dict[str, Any] = {"source": tree}
    if spec.chart:
        files = [f"$tree/{release.folder}/values.yaml", f"$tree/{folder}/values.yaml"]
        helm = {"releaseName": spec.component, "valueFiles": files}
        chart = {"repoURL": _repository(spec), "chart": spec.chart.name, "targetRevision": spec.version, "helm": helm}
        source = {"sources": [chart, {**tree, "ref": "tree"}]}
    # Its CRDs carry no mark of Argo CD's and are equal from the beginning: those it would never apply, and so never own.
    everything = [option for option in OPTIONS if spec.component != ITSELF or option != ONLY_DIFFERENT]
    options = everything + (CONFIRMED if spec.holds_data else [])
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": spec.component, "namespace": NAMESPACE, "annotations": {"argocd.argoproj.io/sync-wave": str(spec.wave)}},
        "spec": {
            "project": spec.layer,
            "destination": {"server": CLUSTER, "namespace": spec.namespace},
            **source,
            "syncPolicy": {**SYNC, "syncOptions": options},
        },
    }


def root(environment: str, git: Git) -> dict[str, Any]:
    """The Application of all Applications; nothing below it is deleted without a confirmation."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "platform", "namespace": NAMESPACE},
        "spec": {
            "project": "default",
            "destination": {"server": CLUSTER, "namespace": NAMESPACE},
            "source": {"repoURL": git.repository, "targetRevision": git.branch, "path": f"kubernetes/environments/{environment}"},
            "syncPolicy": {**SYNC, "syncOptions": OPTIONS + CONFIRMED},
        },
    }


def _repository(spec: Spec) -> str:
    """Argo CD wants the address of an OCI registry without its scheme."""
    return spec.chart.repository.removeprefix("oci://") if spec.chart else ""
