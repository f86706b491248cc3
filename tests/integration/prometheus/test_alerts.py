# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rendered alerts about backups, by Prometheus' own evaluation: series are played to the rules, and exactly the right alert fires."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.alerts import alert_rules
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.sources import Source
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import KINDS, table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup

from lab.twin import artefacts

pytestmark = pytest.mark.artefacts("promtool")
Object = dict[str, Any]
Promtool = Callable[..., subprocess.CompletedProcess[str]]
HOUR, DAY = 3600, 86400
WEEK = 7 * DAY
START = 1_790_000_000
ROWS = table(Backup.model_validate({"schedule": {kind: {} for kind in KINDS}, "prove_every": "7d"}))
SOURCES = {
    "postgres": (Source("shop-r2", "databases", "shop"), Source("books", "databases", "books")),
    "postgres-dump": (Source("shop/app", "databases", "shop-app-dump"),),
    "mariadb": (Source("wiki", "databases", "wiki"),),
}
RENDERED = alert_rules(ROWS, SOURCES) or {}
RULES: list[Object] = RENDERED["spec"]["groups"][0]["rules"]


class Row(NamedTuple):
    """What one rule looks at: its alert and labels, a series as its program tells it, and the age in seconds that is still right."""

    alert: str
    kind: str
    database: str
    series: str
    limit: int


def _proof(kind: str) -> Row:
    labels = f'namespace="groundwork-backup",configmap="proof-{kind}",job="kube-state-metrics",instance="10.42.0.7:8080"'
    return Row("BackupNotProven", kind, "", f"kube_configmap_created{{{labels}}}", WEEK)


def _job(namespace: str, name: str) -> str:
    return f'kube_cronjob_status_last_successful_time{{namespace="{namespace}",cronjob="{name}",job="kube-state-metrics"}}'


def _barman(pod: str) -> str:
    return f'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{namespace="databases",pod="{pod}",container="postgres"}}'


#: By what the programs say of themselves, not by what the rules ask. Backups are daily and may be one hour late.
ALL = [
    *(_proof(kind) for kind in KINDS),
    Row("BackupLate", "postgres", "shop-r2", _barman("shop-2"), DAY + HOUR),
    Row("BackupLate", "postgres", "books", _barman("books-1"), DAY + HOUR),
    Row("BackupLate", "postgres-dump", "shop/app", _job("databases", "shop-app-dump"), DAY + HOUR),
    Row("BackupLate", "mariadb", "wiki", _job("databases", "wiki"), DAY + HOUR),
    Row("BackupLate", "objects", "", 'velero_backup_last_successful_timestamp{schedule="groundwork",namespace="velero"}', DAY + HOUR),
    Row("BackupLate", "volumes", "", _job("longhorn-system", "groundwork"), DAY + HOUR),
]
#: Of others, all of them new: no rule may take them for its own.
NEIGHBOURS = [_barman("shop-copy-1"), _barman("bookshop-1"), _job("databases", "other"), _job("other", "groundwork"), _job("databases", "shop-app-dump-2")]


@pytest.fixture
def promtool(tmp_path: Path) -> Promtool:
    """Runs it beside rules.yml, with more files by name."""
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(RENDERED["spec"]), "utf-8")

    def run(*arguments: str, **files: Object) -> subprocess.CompletedProcess[str]:
        for name, content in files.items():
            (tmp_path / f"{name}.yml").write_text(yaml.safe_dump(content), "utf-8")
        program = artefacts.build("promtool") / "promtool"
        return subprocess.run([program, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def told(series: str, moment: int) -> Object:
    """A series that says this time from START on, every five minutes for four hours."""
    return {"series": series, "values": f"{moment}x48"}


def alert_of(row: Row) -> Object:
    """What Alertmanager gets."""
    labels = {"severity": "critical", "kind": row.kind, **({"database": row.database} if row.database else {})}
    (summary,) = (rule["annotations"]["summary"] for rule in RULES if rule["alert"] == row.alert and rule["labels"] == labels)
    return {"exp_labels": labels, "exp_annotations": {"summary": summary}}


def played(name: str, changed: Mapping[Row, Sequence[Object]], fire: Collection[Row]) -> Object:
    """Everything is new but what is said of some rows. No alert fires in the first hour, and exactly those of ``fire`` do after three."""
    series = [told(row.series, START) for row in ALL if row not in changed] + [told(one, START) for one in NEIGHBOURS]
    expected = [
        {"eval_time": after, "alertname": alert, "exp_alerts": [alert_of(row) for row in fire if row.alert == alert] if after == "3h" else []}
        for alert in ("BackupNotProven", "BackupLate")
        for after in ("50m", "3h")
    ]
    whole = [*series, *(one for said in changed.values() for one in said)]
    return {"name": name, "interval": "5m", "start_timestamp": START, "input_series": whole, "alert_rule_test": expected}


def plan(*groups: Object) -> Object:
    return {"rule_files": ["rules.yml"], "evaluation_interval": "5m", "tests": list(groups)}


def test_prometheus_takes_the_rules(promtool: Promtool) -> None:
    """Every expression parses, and no two rules make the same alert, which Alertmanager would take for one."""
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", "rules.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(RULES)} rules found" in done.stdout
    assert len(RULES) == len(ALL)


def test_each_row_has_its_own_alert(promtool: Promtool) -> None:
    """One that is too old fires alone, and not before it has been so for an hour."""
    groups = [played(f"{row.alert} {row.kind} {row.database}", {row: [told(row.series, START - row.limit)]}, [row]) for row in ALL]
    done = promtool("test", "rules", "plan.yml", plan=plan(*groups))
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_at_once(promtool: Promtool) -> None:
    """New, about to be too old, told as never, and not told at all."""
    done = promtool(
        "test",
        "rules",
        "plan.yml",
        plan=plan(
            played("new", {}, []),
            played("old enough", {row: [told(row.series, START - row.limit + 4 * HOUR)] for row in ALL}, []),
            played("never", {row: [told(row.series, 0)] for row in ALL}, ALL),
            played("absent", {row: [] for row in ALL}, ALL),
        ),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_newest_of_several_instances_counts(promtool: Promtool) -> None:
    """Each instance tells of the archive what it knows."""
    row = next(row for row in ALL if row.database == "shop-r2")
    told_twice = [told(_barman("shop-1"), START - WEEK), told(_barman("shop-3"), START)]
    done = promtool("test", "rules", "plan.yml", plan=plan(played("one is new", {row: told_twice}, [])))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_play_itself_can_fail(promtool: Promtool) -> None:
    """An alert that is expected and does not come is a failure, and so is one that comes unexpected."""
    row = ALL[-1]
    for moment, fire in ((START, [row]), (0, [])):
        done = promtool("test", "rules", "plan.yml", plan=plan(played("wrong", {row: [told(row.series, moment)]}, fire)))
        assert done.returncode != 0
        assert "BackupLate" in done.stdout + done.stderr
