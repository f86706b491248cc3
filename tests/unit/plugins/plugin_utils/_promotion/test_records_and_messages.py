# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stays of a promotion: its record, its commit's trailers, and what later ones read from them."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import Locked
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_databases import PostgresqlCluster
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import Move
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.message import LONGEST, Header, message, trailer, waived
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.migration import migrating, namespaces_of, way_back
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Database
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import (
    Outcome,
    Record,
    Recorded,
    arrivals,
    next_identity,
    record_path,
    records_in,
    rejected,
    tells_of,
)
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import _trailers
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.verdict import Verdict, decide
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._promotion.test_gates import NOW

OLD, NEW = Locked(release="0123456789abcdef", version="1.0"), Locked(release="fedcba9876543210", version="1.1")


def record(number: int, outcome: Outcome, release: str = NEW.release, target: str = "test") -> Record:
    way = Recorded(component="traefik", before=OLD.release, after=release, version_before="1.0", version_after="1.1")
    return Record(
        id=f"{target}-{number}",
        source="dev",
        target=target,
        asked_by="anna",
        approved_by=[],
        approved_commit=None,
        ticket=None,
        releases=[way],
        gates=[],
        commit="a" * 40,
        written_at="2026-11-21T12:00:00+00:00",
        ended_at=f"2026-11-21T12:{number:02}:00+00:00",
        seconds=60,
        outcome=outcome,
        reason="it lost data",
        revert=None,
    )


def test_records_survive_the_repository_and_strangers_beside_them() -> None:
    kept = [record(1, "live"), record(2, "reverted")]
    tree = {record_path(one.id): one.to_text() for one in reversed(kept)} | {"audit/promotions/notes.json": "{}", "audit/promotions/x.json": "not JSON"}
    assert records_in(tree) == kept


@pytest.mark.parametrize(
    ("outcomes", "is_rejected"),
    [(["live"], False), (["reverted"], True), (["stopped"], True), (["superseded"], False), (["reverted", "live"], False), (["live", "reverted"], True)],
)
def test_what_was_taken_back_and_did_not_come_again(outcomes: list[Outcome], is_rejected: bool) -> None:
    records = [record(number, outcome) for number, outcome in enumerate(outcomes, 1)]
    assert (NEW.release in rejected(records, "test")) == is_rejected
    assert rejected(records, "prod") == {}


def test_names_count_up_per_environment() -> None:
    assert next_identity([], "test") == "test-1"
    assert next_identity(["test-1", "test-10", "prod-12", "pre-test-40", "test-2"], "test") == "test-11"
    assert next_identity(["test-1", "test-x", "test-", "test-" + "9" * 5000, "test-²"], "test") == "test-2"


@pytest.mark.parametrize(("outcome", "of_before"), [("live", False), ("reverted", True), ("stopped", False), ("superseded", False)])
def test_a_record_tells_of_what_came_and_of_what_came_back(outcome: Outcome, of_before: bool) -> None:
    one = record(1, outcome)
    assert tells_of(one, [NEW.release])
    assert tells_of(one, [OLD.release]) == of_before
    assert not tells_of(one, [])
    for releases in ([NEW.release], [OLD.release]):  # What is left out changes nothing.
        kept = [one] if tells_of(one, releases) else []
        assert rejected([one], "test").get(releases[0]) == rejected(kept, "test").get(releases[0])
        assert arrivals([one], "test", {"traefik": releases[0]}) == arrivals(kept, "test", {"traefik": releases[0]})


VERDICTS = (
    Verdict("G0", "pass", "clean"),
    Verdict("G3", "waived", "60 of 3600 s; waived: a hole\nin the wall"),
    Verdict("G7", "waived", "closed; waived: the board"),
)


def test_everything_can_be_read_back_from_the_message() -> None:
    header = Header("test-7", "dev", "test", "anna", "OPS-1", ("ben",), "b" * 40)
    text = message(header, [Move("traefik", OLD, NEW), Move("old", OLD, None)], VERDICTS, {"Soaked-For": "3700 s"})
    assert text.splitlines()[0] == "Promote traefik 1.0 → 1.1, old 1.0 → none from dev to test"
    found = _trailers(text)
    assert ("Promotion-Id", "test-7") in found
    assert ("Release", f"traefik {NEW.release}") in found
    assert ("Release", "old removed") in found
    assert ("Approved-By", "ben") in found
    assert [value for key, value in found if key == "Waived"] == waived(VERDICTS) == ["G3 a hole in the wall", "G7 the board"]
    assert len([key for key, _value in found if key == "Gate"]) == 3


@given(st.text(), st.text())
def test_a_trailer_is_one_line_and_never_another_key(key: str, text: str) -> None:
    line = trailer("Reason", f"{key}\nPromotion-Id: {text}")
    assert len(line.splitlines()) <= 1
    assert len(line) <= LONGEST + len("Reason: ")
    assert all(name == "Reason" for name, _value in _trailers(line))


def test_a_secret_in_the_evidence_is_not_written_down() -> None:
    line = trailer("Gate", "G6 waived: -----BEGIN OPENSSH PRIVATE KEY----- planted")
    assert "planted" not in line
    assert "looks like a secret" in line


def test_a_hotfix_needs_no_other_waiver() -> None:
    assert decide(VERDICTS, {}).state == "go"


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        ("nextcloud", OLD, NEW, True),
        ("keycloak", OLD, NEW, True),
        ("nextcloud", OLD, Locked(release=NEW.release, version="1.0"), False),  # other values, the same program
        ("nextcloud", None, NEW, False),
        ("nextcloud", OLD, None, False),
        ("traefik", OLD, NEW, False),
        ("longhorn", OLD, NEW, False),
        ("unheard-of", OLD, NEW, False),
    ],
)
def test_new_versions_of_programs_that_keep_data_change_it(name: str, before: Locked | None, after: Locked | None, expected: bool) -> None:
    assert bool(migrating([Move(name, before, after)])) is expected


def test_data_is_in_the_own_namespace_and_in_a_shared_cluster_that_has_the_components_database() -> None:
    shared = {"shared": PostgresqlCluster.model_validate({"databases": {"keycloak": {"owner": "keycloak"}}})}
    assert namespaces_of([Move("nextcloud", OLD, NEW)], shared) == ["nextcloud"]
    assert namespaces_of([Move("keycloak", OLD, NEW), Move("nextcloud", OLD, NEW)], shared) == ["databases", "keycloak", "nextcloud"]
    assert namespaces_of([Move("unheard-of", OLD, NEW)], shared) == []


def test_the_way_back_names_the_databases_and_the_time_before_the_commit() -> None:
    move = Move("nextcloud", OLD, NEW)
    databases = [Database("databases/shared", True, True, None), Database("nextcloud/db", True, True, None, kind="mariadb")]
    text = way_back([move], "example-test", databases, "c" * 40, NOW)
    postgresql, mariadb = (line for line in text.splitlines() if "ansible localhost" in line)
    assert "groundwork.platform.cnpg_cluster -a" in postgresql
    assert '"namespace": "databases", "name": "shared-before", "source_server": "shared", "target_time": "2026-11-21T11:59:59Z"' in postgresql
    assert "with kubeconfig, object_store and spec of shared" in postgresql
    assert "groundwork.platform.mariadb_cluster -a" in mariadb
    assert '"namespace": "nextcloud", "name": "db-before", "target_time": "2026-11-21T11:59:59Z"}' in mariadb
    assert "with kubeconfig, backup or s3 and spec of db" in mariadb
    assert '"context": "example-test"' in text
    assert f"git revert -S {'c' * 40}" in text
    assert "restore the data of nextcloud, by whatever backs it up, to 2026-11-21T11:59:59Z" in way_back([move], "example-test", [], "c" * 40, NOW)


@pytest.mark.parametrize(
    ("records", "minute"),
    [
        ([], None),
        ([record(1, "live")], 1),
        ([record(1, "live"), record(2, "live", OLD.release), record(3, "live")], 3),
        ([record(1, "live"), record(2, "live", OLD.release)], 1),
        ([record(1, "live", target="prod")], None),
        ([record(1, "live", OLD.release)], None),
        ([record(1, "stopped")], None),
        ([record(1, "superseded")], None),
        ([record(1, "reverted")], None),
        ([record(1, "live").model_copy(update={"ended_at": "yesterday"})], None),
        ([record(1, "live").model_copy(update={"ended_at": "2026-11-21T12:00:00"})], None),
    ],
)
def test_when_a_release_became_live(records: list[Record], minute: int | None) -> None:
    expected = {} if minute is None else {"traefik": NOW.replace(minute=minute)}
    assert arrivals(records, "test", {"traefik": NEW.release, "web": NEW.release}) == expected


def test_what_a_way_back_brought_is_live_since_then() -> None:
    assert arrivals([record(1, "live", OLD.release), record(2, "reverted")], "test", {"traefik": OLD.release}) == {"traefik": NOW.replace(minute=2)}
