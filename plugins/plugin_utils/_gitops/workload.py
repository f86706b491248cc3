# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of an application that is one container: Deployment, Service, Ingress, ConfigMap and volume, named after it."""

from __future__ import annotations

from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Entry, Workload

CONFIRM = {"argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm"}
#: For objects of kinds that the same Application's chart brings: their webhook answers once the chart's workloads are healthy.
AFTER_CHART = {"argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true", "argocd.argoproj.io/sync-wave": "1"}
HTTP = 80


def workload_objects(name: str, entry: Entry, workload: Workload, version: str) -> list[dict[str, Any]]:
    """Everything but the Secret, which is {name}-credentials and made from an encrypted file."""
    labels = {"app.kubernetes.io/name": name}

    def meta(suffix: str = "", **more: Any) -> dict[str, Any]:
        return {"name": name + suffix, "namespace": entry.namespace, "labels": labels, **more}

    volume = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": f"{workload.volume_gb}Gi"}}}
    backend = {"service": {"name": name, "port": {"number": HTTP}}}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("-config"), "data": workload.environment},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta("-data", annotations=CONFIRM), "spec": volume},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(), "spec": _deployment(name, workload, labels, _image(entry, workload, version))},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta(),
            "spec": {"selector": labels, "ports": [{"name": "http", "port": HTTP, "targetPort": "http"}]},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": meta(annotations={"cert-manager.io/cluster-issuer": ""}),
            "spec": {
                "ingressClassName": "traefik",
                "rules": [{"host": "", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
                "tls": [{"hosts": [""], "secretName": f"{name}-tls"}],
            },
        },
    ]


def _image(entry: Entry, workload: Workload, version: str) -> str:
    digest = entry.releases[version].digest
    return f"{workload.image}:{version}" + (f"@{digest}" if digest else "")


def _deployment(name: str, workload: Workload, labels: dict[str, str], image: str) -> dict[str, Any]:
    container = {
        "name": name,
        "image": image,
        "ports": [{"name": "http", "containerPort": workload.port}],
        "envFrom": [{"configMapRef": {"name": f"{name}-config"}}, {"secretRef": {"name": f"{name}-credentials", "optional": True}}],
        "readinessProbe": {"httpGet": {"path": workload.probe, "port": "http"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": "data", "mountPath": workload.data}],
    }
    pod = {
        "automountServiceAccountToken": False,
        "containers": [container],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": workload.user,
            "fsGroup": workload.user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": f"{name}-data"}}],
    }
    # One pod at a time: its volume can be mounted on one node only.
    return {"replicas": 1, "strategy": {"type": "Recreate"}, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
