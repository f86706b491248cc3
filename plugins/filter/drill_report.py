# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters about restores: what one may do, and what a drill has shown."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import sql
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup import drill, recovery, restore, restore_mariadb, restore_namespace
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.postgresql import server_of

Found = Mapping[str, Any]


def drill_report(row: Found, environment: str, times: Found, problems: Sequence[str] = (), source: str = "") -> dict[str, Any]:
    """The report of one restore."""
    return drill.report(row, environment, times, list(problems), source)


def drill_page(reports: Sequence[Found], environment: str, at: float) -> str:
    """Reports as a page."""
    return drill.page(reports, environment, int(float(at)))


def drill_shortcomings(reports: Sequence[Found], states: Sequence[Found] | None = None) -> list[str]:
    """Why a drill fails."""
    return drill.shortcomings(reports, states)


def answer_problems(checks: Sequence[Found], results: Sequence[Found]) -> list[str]:
    """What is wrong with the answers that kubernetes.core.k8s_exec brought to questions of the matrix."""
    found = []
    for check, result in zip(checks, results, strict=True):
        if result.get("rc") != 0:
            words = str(result.get("stderr") or result.get("msg") or "there was no answer").strip()
            found.append(f"check {check['sql']!r} in {check['database']}: {words}")
            continue
        fault = sql.fault(sql.Check(check["database"], check["sql"], check.get("expect"), check.get("minimum")), str(result["stdout"]))
        found.extend([str(fault)] if fault else [])
    return found


def database_restore_plan(request: Found, environments: Sequence[str], clusters: Sequence[Found], masking: Found) -> dict[str, Any]:
    """What a restore of a database would do, or everything that stands against it."""
    wanted = restore.Request(**request)
    known = {
        str(cluster["name"]): {
            "namespace": cluster["namespace"],
            # Each environment has an archive of its own, and may write to it under a name of its own.
            "server": cluster.get("servers", {}).get(wanted.source) or server_of(cluster["spec"]) or str(cluster["name"]),
            "databases": [item["spec"]["name"] for item in cluster["beside"] if item["kind"] == "Database"],
        }
        for cluster in clusters
    }
    site = restore.Site(environments, known, {str(name): str(file) for name, file in masking.items()})
    return dataclasses.asdict(restore.plan(wanted, site, datetime.datetime.now(datetime.UTC)))


def mariadb_restore_problems(request: Found, clusters: Sequence[Found]) -> list[str]:
    """Everything that stands against a restore of a MariaDB."""
    known = {str(cluster["name"]): cluster for cluster in clusters}
    return list(restore_mariadb.problems(restore_mariadb.Request(**request), known, datetime.datetime.now(datetime.UTC)))


def namespace_restore_plan(request: Found, backups: Sequence[Found], namespaces: Sequence[str]) -> dict[str, Any]:
    """What a restore of a namespace would do, or everything that stands against it."""
    return dataclasses.asdict(restore_namespace.plan(restore_namespace.Request(**request), backups, namespaces))


def recovery_plan(bases: Found, wal: Found, environment: str, clusters: Sequence[Found], mariadbs: Sequence[Found], since: str = "") -> dict[str, Any]:
    """What stands against a recovery of the databases, and which of them stay lost."""
    return {"problems": recovery.problems(bases, wal, environment, clusters, mariadbs, since), "lost": recovery.lost(bases, clusters, mariadbs)}


def volume_recovery(volumes: Sequence[Found], backups: Sequence[Found]) -> dict[str, Any]:
    """Which of Longhorn's volumes come back, from what, and which are lost."""
    return recovery.volumes(volumes, backups)


def applications_lacking(applications: Sequence[Found]) -> list[str]:
    """Applications that are not as Git has them now."""
    return recovery.lacking(applications)


def applications_left_alone(applications: Sequence[Found]) -> list[str]:
    """Applications that Argo CD leaves alone."""
    return recovery.left_alone(applications)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {
            "drill_report": drill_report,
            "drill_page": drill_page,
            "drill_shortcomings": drill_shortcomings,
            "answer_problems": answer_problems,
            "database_restore_plan": database_restore_plan,
            "mariadb_restore_problems": mariadb_restore_problems,
            "namespace_restore_plan": namespace_restore_plan,
            "recovery_plan": recovery_plan,
            "volume_recovery": volume_recovery,
            "applications_lacking": applications_lacking,
            "applications_left_alone": applications_left_alone,
        }
