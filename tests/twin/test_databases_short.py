# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short path with real PostgreSQL: create, change classified, backup, verified restore.

It belongs into `make test`. Until its time has been measured it is long; taking the mark away moves it.
"""

from __future__ import annotations

import pytest

from tests.support.databases import databases

pytestmark = pytest.mark.long


def test_created_changed_backed_up_and_proven() -> None:
    """One instance; nothing of the trial remains, and nothing is left to protect."""
    with databases("test-databases-short") as site:
        spec = site.spec(instances=1, postgresql={"parameters": {"max_connections": "50"}})
        assert site.cluster(spec=spec)["changed"]
        assert not site.cluster(spec=spec)["changed"]
        site.sql("CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id")
        told = site.cluster(spec={**spec, "description": "of the shop"}, check=True)
        assert [(change["path"], change["effect"]) for change in told["changes"]] == [("description", "online")]
        assert site.cluster(state="backed_up")["first_recoverability_point"]
        proof = site.cluster(state="verified", checks=[{"database": "app", "sql": "SELECT count(*) FROM orders", "minimum": 1000}])
        assert proof["report"]["checks"] == 1
        assert proof["report"]["rto_seconds"] > 0
        assert proof["report"]["rpo_seconds"] is not None
        assert site.kubectl("get", "namespace", "-l", "groundwork.platform/scratch", "-o", "name") == ""
        assert site.do("cnpg_info", name="shop")["unprotected"] == []
