# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alert rules: for every row one that nobody has restored it, and where a metric tells its age one that it is late."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.alerts import NAMESPACE, NEWEST, PROOF, alert_rules
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.sources import Source
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import KINDS, table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup

PLAYBOOKS = Path(__file__).parents[5] / "playbooks"
WHOLE = Backup.model_validate({"schedule": {kind: {} for kind in KINDS}, "prove_every": "7d"})


def test_every_row_has_an_alert_and_an_absent_proof_alerts_too() -> None:
    rules = alert_rules(table(WHOLE), {})
    assert rules is not None
    found = rules["spec"]["groups"][0]["rules"]
    proofs = {rule["labels"]["kind"]: rule["expr"] for rule in found if rule["alert"] == "BackupNotProven"}
    assert set(proofs) == set(KINDS)
    assert all("absent(" in expression and "> 604800" in expression for expression in proofs.values())
    assert {rule["labels"]["kind"] for rule in found if rule["alert"] == "BackupLate"} == set(NEWEST)


def test_each_database_has_an_alert_of_its_own() -> None:
    """A cluster whose backups stopped is not hidden by another one, nor by its own rows of another environment."""
    of = {"postgres": (Source("shop-r2", "databases", "shop"), Source("books", "databases", "books")), "postgres-dump": (), "mariadb": ()}
    rules = alert_rules(table(WHOLE), of)
    assert rules is not None
    found = [rule for rule in rules["spec"]["groups"][0]["rules"] if rule["labels"]["kind"] == "postgres" and rule["alert"] == "BackupLate"]
    assert ['pod=~"shop-[0-9]+"' in found[0]["expr"], 'pod=~"books-[0-9]+"' in found[1]["expr"]] == [True, True]
    assert "(shop-r2)" in found[0]["annotations"]["summary"]
    assert [rule["labels"].get("database") for rule in found] == ["shop-r2", "books"]
    assert {rule["labels"]["kind"] for rule in rules["spec"]["groups"][0]["rules"]} == set(KINDS) - {"postgres-dump", "mariadb"}


def test_expressions_have_no_braces_left_over() -> None:
    rules = alert_rules(table(WHOLE), {})
    assert rules is not None
    for rule in rules["spec"]["groups"][0]["rules"]:
        assert "{{" not in rule["expr"]
        assert rule["expr"].count("{") == rule["expr"].count("}")


def test_every_mark_that_an_alert_looks_at_is_one_that_a_drill_makes() -> None:
    """Each kind is drilled by a file of tasks that reports it, and every report goes through drill_mark.yml; an alert without a mark would never end."""
    texts = {path.stem: path.read_text("utf-8") for path in [PLAYBOOKS / "drill.yml", *(PLAYBOOKS / "tasks").glob("drill_*.yml")]}
    mark = re.search(r'metadata: {name: "([^"]+)", namespace: ([a-z-]+)}', texts["drill_mark"])
    assert mark
    assert mark.groups() == (PROOF.format(kind="{{ item.0.kind }}"), NAMESPACE)
    assert all("include_tasks: drill_mark.yml" in texts[name] for name in ("drill_end", "drill_etcd_end"))
    assert all(f"tasks/{name}.yml" in texts["drill"] for name in ("drill_end", "drill_etcd_end"))
    files = {kind for kind, known in KINDS.items() if known.runs_on == "management"}
    assert "selectattr('runs_on', 'equalto', 'management')" in texts["drill"]
    assert "include_tasks: drill_report.yml" in texts["drill_file"]
    reported = {found for text in texts.values() if "drill_report.yml" in text for found in re.findall(r"drill_row: .*'equalto', '([a-z-]+)'", text)}
    own = set(re.findall(r"^ +kind: ([a-z]+)$", texts["drill_verdict"], re.MULTILINE))
    assert reported | files | own == set(KINDS)


def test_no_row_no_rules() -> None:
    assert alert_rules([], {}) is None
