# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small site with three environments, and ways to change it: the matrix as data, the tree as a mapping."""

from __future__ import annotations

import copy
import pathlib
import tempfile
from collections.abc import Mapping
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import Locked, lock_path, read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.ownership import stamp
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.tree import Tree, render
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded, load_matrix

from tests.unit.plugins.plugin_utils._matrix.fixtures import ROOT

ENVIRONMENTS = ("dev", "stage", "prod")


def matrix() -> dict[str, Any]:
    """Three environments with one server each on one host."""
    return {
        "schema_version": 1,
        "site": {"id": "example", "name": "Example", "domain": "example.org", "os": "debian-13", "dns_servers": ["203.0.113.53"]},
        "vcenters": {"vc": {"version": "8.0.3", "port_groups": dict.fromkeys(ENVIRONMENTS)}},
        "hypervisors": {
            "ESX1": {"vcenter": "vc", "hostname": "esx1.example.org", "version": "8.0.3", "cores": 64, "memory_gb": 256, "datastores": {"ssd": 4000}}
        },
        "networks": {key: {"vlan": 100 + index, "cidr": f"10.1.{index}.0/24", "gateway": f"10.1.{index}.1"} for index, key in enumerate(ENVIRONMENTS)},
        "sizes": {"small": {"vcpus": 2, "memory_gb": 8, "disk_gb": 100}},
        "placement": {"hosts": ["ESX1"]},
        "k3s": {"version": "v1.35.0+k3s3", "disable": ["traefik", "servicelb", "local-storage"]},
        "git": {"repository": "git@git.example.org:ops/clusters.git", "recipients": {key: f"age1{key}" for key in ENVIRONMENTS}},
        "tls": {"email": "admin@example.org"},
        "secrets": {"age_recipients": ["age1people"]},
        "components": {
            name: {}
            for name in (
                *("argocd", "sops-secrets-operator", "snapshot-controller", "prometheus-operator-crds", "metallb", "traefik"),
                *("cert-manager", "cert-manager-webhook-ionos", "longhorn"),
            )
        },
        "applications": {"vaultwarden": {}},
        "environments": {
            key: {
                "network": key,
                "size": "small",
                "nodes": [{"numbers": 21}],
                "vip": "none",
                "pools": {
                    "ingress": {"addresses": f"10.1.{index}.100", "auto_assign": False},
                    "default": {"addresses": f"10.1.{index}.151-10.1.{index}.160"},
                },
                "ingress": {"address": f"10.1.{index}.100", "app_name": f"{{app}}-{key}.example.org"},
            }
            for index, key in enumerate(ENVIRONMENTS)
        },
    }


def load(data: dict[str, Any]) -> Loaded:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "matrix.yml"
        path.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
        (path.parent / "versions.lock.yml").write_text((ROOT / "versions.lock.yml").read_text("utf-8"), "utf-8")
        return load_matrix(path)


CATALOGUE = Catalogue()
SITE = matrix()
LOADED = load(SITE)


def rendered(tree: Mapping[str, str], data: dict[str, Any] | None = None, authorities: Mapping[str, str] | None = None) -> Tree:
    """The tree that follows from one that is there."""
    return render(Inputs(LOADED if data is None else load(data), CATALOGUE, tree, authorities or {}))


def after(tree: Mapping[str, str], data: dict[str, Any] | None = None) -> dict[str, str]:
    """What stands in the repository after rendering."""
    found = rendered(tree, data)
    return {path: text for path, text in tree.items() if path not in found.stale} | found.files


def changed(**changes: Any) -> dict[str, Any]:
    """The site with some top-level keys changed; mappings are laid over what is there."""
    data = copy.deepcopy(SITE)
    for key, value in changes.items():
        data[key] = {**data[key], **value} if isinstance(data.get(key), dict) else value
    return data


def promoted(tree: Mapping[str, str], source: str, target: str) -> dict[str, str]:
    """The tree after everything of one environment has been promoted to the next, before rendering."""
    lock = read_lock(tree[lock_path(source)])
    return {**tree, lock_path(target): stamp(lock_path(target), lock.to_text())}


def locked(tree: Mapping[str, str], environment: str) -> dict[str, Locked]:
    return read_lock(tree[lock_path(environment)]).components


def of_environment(tree: Mapping[str, str], environment: str) -> dict[str, str]:
    """Everything that the cluster of an environment reads: its folder, its bootstrap, and the releases that its lock names."""
    releases = tuple(f"kubernetes/releases/{name}/{entry.release}/" for name, entry in locked(tree, environment).items())
    own = (f"kubernetes/environments/{environment}/", f"kubernetes/bootstrap/{environment}.yaml", *releases)
    return {path: text for path, text in tree.items() if path.startswith(own)}


FIRST = after({})
