# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alert rules from the rows of the schedule (pure): backups that are late, and restores that nobody has practised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.sources import Source
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.status import SLACK, span
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import Scheduled

#: drill.yml makes this ConfigMap anew after each restore that succeeded. kube-state-metrics tells when it was made, so that no exporter is needed.
NAMESPACE = "groundwork-backup"
PROOF = "proof-{kind}"
#: When the newest backup ended, as metrics that its program has: of a kind, or of each of its databases, so that a late one hides behind no other.
#: Kinds without one are looked at by backup.yml --tags status. Longhorn has no such metric: its job ended, which says little of single volumes.
CRON_JOB = 'max(kube_cronjob_status_last_successful_time{{namespace="{namespace}",cronjob="{runs}"}})'
NEWEST: Mapping[str, str] = {
    "postgres": 'max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{namespace="{namespace}",pod=~"{runs}-[0-9]+"}})',
    "postgres-dump": CRON_JOB,
    "mariadb": CRON_JOB,
    "objects": 'max(velero_backup_last_successful_timestamp{{schedule="groundwork"}})',
    "volumes": 'max(kube_cronjob_status_last_successful_time{{namespace="longhorn-system",cronjob="groundwork"}})',
}


def alert_rules(rows: Iterable[Scheduled], sources: Mapping[str, Sequence[Source]]) -> dict[str, Any] | None:
    """A PrometheusRule; None without rows. ``sources``: databases by kind; a kind that has none is not alerted about."""
    rules = [rule for row in rows if sources.get(row.kind) != () for rule in _of_row(row, sources.get(row.kind))]
    if not rules:
        return None
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "backups", "namespace": "monitoring", "labels": {"release": "kube-prometheus-stack"}},
        "spec": {"groups": [{"name": "backups", "rules": rules}]},
    }


def _of_row(row: Scheduled, sources: Sequence[Source] | None) -> Iterable[dict[str, Any]]:
    proof = f'max(kube_configmap_created{{namespace="{NAMESPACE}",configmap="{PROOF.format(kind=row.kind)}"}})'
    yield _rule(
        "BackupNotProven",
        f"(time() - {proof} > {row.prove_every}) or absent({proof})",
        row.kind,
        f"No backup of {row.what} was restored in a drill for {span(row.prove_every)}. Run drill.yml.",
    )
    limit = row.interval + SLACK
    for source in (sources or (Source("", "", ""),)) if row.kind in NEWEST else ():
        newest = NEWEST[row.kind].format(namespace=source.namespace, runs=source.runs)
        yield _rule(
            "BackupLate",
            f"(time() - {newest} > {limit}) or absent({newest})",
            row.kind,
            f"The newest backup of {row.what}{f' ({source.name})' if source.name else ''} is older than {span(limit)}. "
            f"See what {row.tool} says, then backup.yml --tags status.",
            source.name,
        )


def _rule(name: str, expression: str, kind: str, summary: str, database: str = "") -> dict[str, Any]:
    # Alertmanager knows alerts by their labels alone: without its database one that is well again would end the alert of another.
    labels = {"severity": "critical", "kind": kind, **({"database": database} if database else {})}
    return {"alert": name, "expr": expression, "for": "1h", "labels": labels, "annotations": {"summary": summary}}
