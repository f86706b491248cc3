# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real cert-manager in a twin, as far as an operator's own certificates need it: its CRDs and its controller.

Without Argo CD nobody renders its chart, so neither its webhook nor its CA injector is here: objects are not validated by it, only carried out.
"""

from __future__ import annotations

import tarfile
import typing as t
from pathlib import Path

import yaml

from lab.twin import artefacts

Object = dict[str, t.Any]
NAME = "cert-manager"


def images() -> Path:
    """The folder with its images, as ``lab/lab build cert-manager`` leaves it."""
    return artefacts.build(NAME) / "images"


def crds() -> t.Iterator[Object]:
    """Out of its chart. Lines of Helm are about labels, and whether the CRDs are wanted at all."""
    (chart,) = (artefacts.build(NAME) / "charts").glob("*.tgz")
    with tarfile.open(chart) as packed:
        names = sorted(name for name in packed.getnames() if "/templates/crd-" in name)
        assert names, f"{chart.name} has no CRDs below templates: has the chart another layout now?"
        for name in names:
            file = packed.extractfile(name)
            assert file is not None
            (found,) = yaml.safe_load_all("\n".join(line for line in file.read().decode().splitlines() if "{{" not in line))
            assert found["kind"] == "CustomResourceDefinition", f"{name} of {chart.name} is a {found['kind']}"
            found["metadata"] = {"name": found["metadata"]["name"]}
            yield found


def controller() -> t.Iterator[Object]:
    """Namespace, account and Deployment."""
    (chart,) = (artefacts.build(NAME) / "charts").glob("*.tgz")
    version = chart.name.removeprefix(f"{NAME}-").removesuffix(".tgz")
    where = {"namespace": NAME}
    container = {
        "name": NAME,
        "image": f"quay.io/jetstack/cert-manager-controller:{version}",
        "imagePullPolicy": "IfNotPresent",
        "args": [f"--cluster-resource-namespace={NAME}", f"--leader-election-namespace={NAME}"],
    }
    pod = {"metadata": {"labels": {"app": NAME}}, "spec": {"serviceAccountName": NAME, "containers": [container]}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    subjects = [{"kind": "ServiceAccount", "name": NAME, **where}]
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAME}}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, **where}}
    yield {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": NAME}, "roleRef": role, "subjects": subjects}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": NAME}}, "template": pod}
    yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": NAME, **where}, "spec": spec}
