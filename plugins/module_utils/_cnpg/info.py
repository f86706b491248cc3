# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cnpg_info tells of clusters: how they are, and what they lack so that they could be brought back."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import backups, logs, phases
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.arguments import summary
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.observe import Observed
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.operations import HIBERNATION
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import Proof, proof_of
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Api
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of


def read(api: Api, namespace: str, name: str) -> list[dict[str, t.Any]]:
    """Clusters with their archives, in two requests however many there are, and one more for each whose archive does not work."""
    clusters = [found for found in api.objects(GROUP, "Cluster", namespace) if name in ("", name_of(found))]
    try:
        stores = api.objects(STORE_GROUP, "ObjectStore", namespace)
    except KubeError as error:
        if error.reason != "NotServed":
            raise
        stores = []
    by_place = {(at(store, "metadata", "namespace"), name_of(store)): store for store in stores}
    return [told(cluster, by_place.get((at(cluster, "metadata", "namespace"), backups.store_of(cluster)[0])), _logged(api, cluster)) for cluster in clusters]


def _logged(api: Api, cluster: Object) -> str:
    """Why the archive does not work, asked only where it does not."""
    seen = Observed(cluster)
    if not backups.store_of(cluster)[0] or seen.condition("ContinuousArchiving").get("status") == "True":
        return ""
    return logs.of_archive(api, str(at(cluster, "metadata", "namespace")), seen.primary or f"{name_of(cluster)}-1")


def told(cluster: Object, store: Object | None, logged: str = "") -> dict[str, t.Any]:
    """One cluster (pure)."""
    seen = Observed(cluster)
    name, server = backups.store_of(cluster)
    window = backups.window_of(store, server)
    proven = proof_of(cluster)
    archiving = seen.condition("ContinuousArchiving")
    first, last, proof = (None if moment is None else moment.isoformat() for moment in (window.first, window.backed_up, proven.at))
    return {
        **summary(cluster),
        "healthy": seen.phase == phases.HEALTHY,
        "archiving": archiving.get("status") == "True",
        "object_store": name,
        "server_name": server,
        "first_recoverability_point": first,
        "last_backup": last,
        "proven_at": proof,
        "fenced": sorted(seen.fenced),
        "hibernated": seen.annotation(HIBERNATION) == "on",
        "lacks": list(lacks(name, window, proven, archiving, logged)),
    }


def lacks(store: str, window: backups.Window, proven: Proof, archiving: Object, logged: str = "") -> t.Iterator[str]:
    """Why the cluster could not be brought back, or why nobody knows whether it could."""
    if not store:
        yield "is unprotected: it has no ObjectStore"
        return
    if archiving.get("status") != "True":
        words = logged or str(archiving.get("message") or "nobody has reported it")
        yield f"does not archive its WAL ({words}): {backups.remedy_of(words)}"
    if window.first is None:
        yield "has no base backup: state backed_up makes one"
    elif proven.at is None:
        why = f" ({proven.void})" if proven.void else ""
        yield f"has a backup that nobody has restored for a test{why}: state verified does it"
