# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alert rules from the rows of the schedule (pure): backups that are late, and restores that nobody has practised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.status import SLACK, span
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import Scheduled

#: drill.yml makes this ConfigMap anew after each restore that succeeded. kube-state-metrics tells when it was made, so that no exporter is needed.
NAMESPACE = "groundwork-backup"
PROOF = "proof-{kind}"
#: When the newest backup of a kind ended, as metrics that its program has. Kinds without one are looked at by backup.yml --tags status.
NEWEST: Mapping[str, str] = {
    "postgres": "min(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp)",
    "postgres-dump": 'min(kube_cronjob_status_last_successful_time{cronjob=~".+-dump"})',
    "objects": 'max(velero_backup_last_successful_timestamp{schedule="groundwork"})',
}


def alert_rules(rows: Iterable[Scheduled]) -> dict[str, Any] | None:
    """A PrometheusRule; None without rows."""
    rules = [rule for row in rows for rule in _of_row(row)]
    if not rules:
        return None
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "backups", "namespace": "monitoring", "labels": {"release": "kube-prometheus-stack"}},
        "spec": {"groups": [{"name": "backups", "rules": rules}]},
    }


def _of_row(row: Scheduled) -> Iterable[dict[str, Any]]:
    proof = f'max(kube_configmap_created{{namespace="{NAMESPACE}",configmap="{PROOF.format(kind=row.kind)}"}})'
    yield _rule(
        "BackupNotProven",
        f"(time() - {proof} > {row.prove_every}) or absent({proof})",
        row.kind,
        f"No backup of {row.what} was restored in a drill for {span(row.prove_every)}. Run drill.yml.",
    )
    if row.kind in NEWEST:
        limit = row.interval + SLACK
        yield _rule(
            "BackupLate",
            f"(time() - {NEWEST[row.kind]} > {limit}) or absent({NEWEST[row.kind]})",
            row.kind,
            f"The newest backup of {row.what} is older than {span(limit)}. See what {row.tool} says, then backup.yml --tags status.",
        )


def _rule(name: str, expression: str, kind: str, summary: str) -> dict[str, Any]:
    return {"alert": name, "expr": expression, "for": "1h", "labels": {"severity": "critical", "kind": kind}, "annotations": {"summary": summary}}
