# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Advice about databases: what is possible, and what somebody will be sorry for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.guards import is_exact
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.database_facts import clusters_everywhere, clusters_of_the_site, place_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_databases import REPLICATED, SINGLE_COPY
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


@rule("GW861", "PostgreSQL image without its digest", "Tags are moved when an image is built anew: nodes could run two of them.", warning=True)
def no_digest(facts: Facts) -> Iterator[Finding]:
    """Images by tag alone, once for each cluster."""
    for path, name, cluster in clusters_of_the_site(facts):
        if cluster.image is not None and is_exact(cluster.image) and not DIGEST.search(cluster.image):
            yield Finding((*path, "image"), f"the image of {name} has no digest", "append @sha256:… of the release")


@rule("GW862", "PostgreSQL without an archive", "What was written is lost with its volumes, and nothing can be brought back.", warning=True)
def unprotected(facts: Facts) -> Iterator[Finding]:
    """Clusters in environments without a bucket for them, each once."""
    told = set()
    for path, key, name, _cluster in clusters_everywhere(facts):
        rows = table(facts.matrix.backup.overlaid(facts.matrix.environments[key].backup))
        if name not in told and not any(row.kind == "postgres" and row.bucket for row in rows):
            told.add(name)
            yield Finding(path, f"{name} has no archive in {key}", "add a row postgres with a bucket to backup.schedule", at_key=True)


@rule("GW863", "WAL on the volume of the data", "WAL that cannot be archived fills it, and PostgreSQL stops.", warning=True)
def shared_volume(facts: Facts) -> Iterator[Finding]:
    """Clusters without wal_storage."""
    for path, name, cluster in clusters_of_the_site(facts):
        if cluster.wal_storage is None:
            yield Finding(path, f"{name} has no volume of its own for WAL", "add wal_storage", at_key=True)


@rule("GW864", "replicas that may lag behind", "A failover to a replica that lacks the last writes loses what was acknowledged.", warning=True)
def asynchronous(facts: Facts) -> Iterator[Finding]:
    """Clusters of several instances without synchronous."""
    for path, name, cluster in clusters_of_the_site(facts):
        if cluster.instances > 1 and cluster.synchronous is None:
            yield Finding(path, f"{name} has {cluster.instances} instances and no synchronous replication", "add synchronous with a durability", at_key=True)


@rule("GW865", "production that hands its primaries over by itself", "An update of the operator switches all clusters over at the same time.", warning=True)
def unsupervised(facts: Facts) -> Iterator[Finding]:
    """Clusters of several instances in the last environment."""
    last = next(reversed(facts.matrix.environments), None)
    for path, key, name, cluster in clusters_everywhere(facts):
        if key == last and cluster.instances > 1 and not cluster.supervised:
            yield Finding(place_of(facts, path, "supervised"), f"{name} in {key} is not supervised", f"write supervised: true for {key}", at_key=True)


@rule("GW866", "instances on replicated volumes", "Longhorn copies each write of each instance to several nodes again, over the network.", warning=True)
def copied_twice(facts: Facts) -> Iterator[Finding]:
    """Clusters of several instances on Longhorn's own class, or on none where that is the default; each volume once."""
    told = set()
    for path, _key, name, cluster in clusters_everywhere(facts):
        for field, volume in (("storage", cluster.storage), ("wal_storage", cluster.wal_storage)):
            replicated = volume is not None and volume.storage_class in (None, REPLICATED) and "longhorn" in facts.matrix.components
            if replicated and cluster.instances > 1 and (name, field) not in told:
                told.add((name, field))
                message = f"each of {cluster.instances} instances of {name} has its {field} on several nodes"
                yield Finding(place_of(facts, path, field), message, f"write storage_class: {SINGLE_COPY}, one copy beside each instance")
