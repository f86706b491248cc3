# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which volumes of a cluster cannot be enlarged (pure). What counts is the class that a volume was made with, not what the definition says."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.observe import Volume
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of

DEFAULT = "storageclass.kubernetes.io/is-default-class"
NO_CLASS = "(none)"


def fixed(spec: Object, volumes: t.Iterable[Volume], classes: t.Sequence[Object]) -> dict[str, str]:
    """Storage class by field (storage, walStorage, tablespaces[x].storage) of what cannot grow: PersistentVolumeClaimResize refuses it later, for ever.

    The class is the claim's. Where there is no claim yet it is the definition's, and without one the cluster's default.
    """
    growing = {name_of(found) for found in classes if found.get("allowVolumeExpansion")}
    default = next((name_of(found) for found in classes if (at(found, "metadata", "annotations") or {}).get(DEFAULT) == "true"), NO_CLASS)
    used: dict[str, set[str]] = {}
    for volume in volumes:
        used.setdefault(field_of(volume), set()).add(volume.storage_class or NO_CLASS)
    stores = {"storage": spec.get("storage"), "walStorage": spec.get("walStorage")}
    stores.update({f"tablespaces[{item.get('name')}].storage": item.get("storage") for item in spec.get("tablespaces") or []})
    named = {field: at(store, "storageClass") or at(store, "pvcTemplate", "storageClassName") or default for field, store in stores.items() if store}
    return {field: stuck[0] for field, name in named.items() if (stuck := sorted(used.get(field, {str(name)}) - growing))}


def field_of(volume: Volume) -> str:
    """The field of the definition that a volume is of."""
    return {"PG_WAL": "walStorage", "PG_TABLESPACE": f"tablespaces[{volume.tablespace}].storage"}.get(volume.serves, "storage")


def lost_warning(volumes: t.Iterable[Object]) -> str:
    """Names of PersistentVolumes that go with their claims; empty where all are kept."""
    lost = sorted(name_of(found) for found in volumes if at(found, "spec", "persistentVolumeReclaimPolicy") == "Delete")
    if not lost:
        return ""
    remedy = "use a storage class with reclaimPolicy Retain, or patch the volumes"
    return f"the data goes with whoever deletes the Cluster or a claim: {', '.join(lost)} would be deleted, too; {remedy}"
