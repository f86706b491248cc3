# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of MetalLB, of which an environment has as many as it has pools."""

from __future__ import annotations

from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.workload import AFTER_CHART

NAMESPACE = "metallb-system"


def pool_objects(target: Target) -> list[dict[str, Any]]:
    """A pool for each of the matrix, and one announcement of all in the local network."""
    if not target.pools:
        return []
    pools = [_object("IPAddressPool", name, {"addresses": [_range(addresses)], "autoAssign": auto}) for name, (addresses, auto) in target.pools.items()]
    return [*pools, _object("L2Advertisement", "all-pools", {"ipAddressPools": sorted(target.pools)})]


def _range(addresses: str) -> str:
    return addresses if "-" in addresses else f"{addresses}/32"


def _object(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE, "annotations": AFTER_CHART}
    return {"apiVersion": "metallb.io/v1beta1", "kind": kind, "metadata": metadata, "spec": spec}
