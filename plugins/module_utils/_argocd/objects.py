# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of Argo CD's installation: the vendor's files with what the tree changes in them (pure)."""

from __future__ import annotations

import base64
import copy
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._argocd.decide import NAMESPACE
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Object

FIRST = ("Namespace", "CustomResourceDefinition")
#: Before what mounts them.
SECOND = ("ServiceAccount", "ConfigMap", "Secret", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "Service")
CONTAINERS = ("containers", "initContainers")


class NoSuchPlace(ValueError):
    """A change does not fit the vendor's files."""


def changed(documents: t.Iterable[Object], patches: t.Sequence[Object], replacements: t.Sequence[Object]) -> list[Object]:
    """The vendor's objects with patches merged and values replaced, in the order of their application. Raises NoSuchPlace."""
    found = [copy.deepcopy(document) for document in documents if document]
    by_name = {(document["kind"], document["metadata"]["name"]): document for document in found}
    for patch in patches:
        target = _target(by_name, patch["kind"], patch["metadata"]["name"])
        target.update(merged(target, {key: value for key, value in patch.items() if key not in ("apiVersion", "kind")}))
    for change in replacements:
        place: t.Any = _target(by_name, change["kind"], change["name"])
        *steps, last = change["at"]
        for step in steps:
            if not isinstance(place, dict) or step not in place:
                raise NoSuchPlace(f"{change['kind']} {change['name']} has no {'.'.join(change['at'])}")
            place = place[step]
        place[last] = change["value"]
    return sorted(found, key=lambda document: _rank(document["kind"]))


def merged(base: t.Mapping[str, t.Any], over: t.Mapping[str, t.Any]) -> Object:
    """Mappings merged, containers by their names, everything else replaced; None removes. As much of a strategic merge as the catalogue uses."""
    result = dict(base)
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            below = result.get(key)
            result[key] = merged(below if isinstance(below, dict) else {}, value)
        elif key in CONTAINERS:
            changes = {item["name"]: item for item in value}
            result[key] = [merged(item, changes.get(item["name"], {})) for item in result.get(key, [])]
        else:
            result[key] = value
    return result


def repository_secret(url: str, key: str) -> Object:
    """How Argo CD reaches the repository."""
    labels = {"argocd.argoproj.io/secret-type": "repository"}
    return _secret("repository-tree", NAMESPACE, {"type": "git", "url": url, "sshPrivateKey": key.rstrip("\n") + "\n"}, labels)


def age_secret(key: str) -> Object:
    """What decrypts SopsSecrets in this cluster."""
    return _secret("sops-age", "sops-secrets-operator", {"keys.txt": key.rstrip("\n") + "\n"}, {})


def _secret(name: str, namespace: str, data: dict[str, str], labels: dict[str, str]) -> Object:
    metadata = {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/managed-by": "groundwork", **labels}}
    # In base64, because the API server never shows stringData, so that an apply could not see that nothing changes.
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": encoded}


def _target(by_name: t.Mapping[tuple[str, str], Object], kind: str, name: str) -> Object:
    if (kind, name) not in by_name:
        raise NoSuchPlace(f"the vendor's files have no {kind} {name}, which the tree changes")
    return by_name[kind, name]


def _rank(kind: str) -> int:
    return 0 if kind in FIRST else 1 if kind in SECOND else 2
