# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules for what is beside a cluster, as Ansible runs them, against the real CRDs."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at

from tests.integration.cnpg.conftest import run
from tests.support.apiserver import Api
from tests.support.cnpg_double import Operator

KINDS: dict[str, tuple[str, str, Object]] = {
    "cnpg_database": ("Database", GROUP, {"cluster": "shop", "owner": "shop", "spec": {"extensions": [{"name": "pg_trgm"}]}}),
    "cnpg_role": ("DatabaseRole", GROUP, {"cluster": "shop", "password_secret": "shop-credentials"}),
    "cnpg_objectstore": ("ObjectStore", STORE_GROUP, {"destination": "s3://backups/dev", "credentials": "s3", "retention": "30d"}),
    "cnpg_pooler": ("Pooler", GROUP, {"cluster": "shop", "mode": "transaction", "parameters": {"max_client_conn": 500}}),
    "cnpg_backup": ("ScheduledBackup", GROUP, {"cluster": "shop", "schedule": "0 0 2 * * *"}),
}


@pytest.mark.parametrize("module", sorted(KINDS))
def test_made_once_tried_without_a_trace_and_removed(api: Api, namespace: str, operator: Operator, module: str) -> None:
    """Check mode first; the second run changes nothing; the CRD accepts every field."""
    kind, version, options = KINDS[module]
    assert operator.applies
    reference = Reference(version, kind, "x", namespace)
    whole = {**options, "name": "x", "namespace": namespace}
    assert run(api, whole, check=True, module=module)["changed"] is True
    assert api.kube().get(reference) is None
    first, second = run(api, whole, module=module), run(api, whole, module=module)
    assert (first.get("changed"), second.get("changed")) == (True, False), (first, second)
    confirm = {"state": "absent", "confirm": f"{namespace}/x"}
    gone, again = (run(api, {**whole, **confirm}, module=module) for _ in range(2))
    assert (gone.get("changed"), again.get("changed")) == (True, False), (gone, again)


@pytest.mark.parametrize(
    ("module", "change", "words"),
    [
        ("cnpg_backup", {"schedule": "0 3 * * *"}, "seconds first"),
        ("cnpg_objectstore", {"destination": "backups"}, "no place in S3"),
        ("cnpg_objectstore", {"spec": {"configuration": {"serverName": "x"}}}, "one server name"),
        ("cnpg_role", {"role": "postgres"}, "belongs to PostgreSQL"),
        ("cnpg_database", {"spec": {"nonsense": True}}, "nonsense"),
        ("cnpg_database", {"spec": {"ensure": "absent"}}, "write confirm"),
        ("cnpg_database", {"spec": {"schemas": [{"name": "s", "ensure": "absent"}]}}, "spec.schemas[s].ensure"),
    ],
)
def test_refused(api: Api, namespace: str, module: str, change: dict[str, t.Any], words: str) -> None:
    """With the reason, and nothing is left."""
    kind, version, options = KINDS[module]
    done = run(api, {**options, "name": "x", "namespace": namespace, **change}, module=module)
    assert done["failed"]
    assert words in done["msg"]
    assert api.kube().get(Reference(version, kind, "x", namespace)) is None


@pytest.mark.parametrize("change", [{"retention": "1d"}, {"destination": "s3://backups/other"}])
def test_less_of_an_archive_is_asked_about(api: Api, namespace: str, change: dict[str, t.Any]) -> None:
    """In check mode as well; with the store's name, typed, it is done."""
    reference = Reference(STORE_GROUP, "ObjectStore", "x", namespace)
    whole = {**KINDS["cnpg_objectstore"][2], "name": "x", "namespace": namespace}
    assert run(api, whole, module="cnpg_objectstore")["changed"]
    before = api.kube().get(reference)
    for check in (True, False):
        assert "write confirm" in run(api, {**whole, **change}, check=check, module="cnpg_objectstore")["msg"]
    assert api.kube().get(reference) == before
    assert run(api, {**whole, **change, "confirm": f"{namespace}/x"}, module="cnpg_objectstore")["changed"]
    assert run(api, {**whole, **change}, module="cnpg_objectstore")["changed"] is False


def test_a_field_that_cannot_be_changed(api: Api, namespace: str, operator: Operator) -> None:
    """The CRD's own rule (self == oldSelf)."""
    assert operator.applies
    whole = {**KINDS["cnpg_database"][2], "name": "x", "namespace": namespace}
    run(api, whole, module="cnpg_database")
    done = run(api, {**whole, "database": "other"}, module="cnpg_database")
    assert "immutable" in done["msg"]


@pytest.mark.long
def test_what_the_operator_cannot_apply_is_said_with_its_words(api: Api, namespace: str, operator: Operator) -> None:
    """Once it has had time for what may be on its way."""
    operator.applies, operator.message = False, 'role "shop" does not exist'
    whole = {**KINDS["cnpg_database"][2], "name": "x", "namespace": namespace, "wait_timeout": 120}
    done = run(api, whole, module="cnpg_database")
    assert 'role "shop" does not exist' in done["msg"]


def test_a_pooler_whose_pods_do_not_start_is_not_there(api: Api, namespace: str, operator: Operator) -> None:
    """The operator counts them all the same."""
    operator.serves = False
    whole = {**KINDS["cnpg_pooler"][2], "name": "x", "namespace": namespace, "wait_timeout": 5}
    done = run(api, whole, module="cnpg_pooler")
    assert done["failed"]
    operator.looked()
    assert at(api.kube().get(Reference(GROUP, "Pooler", "x", namespace)), "status", "instances") == 2
    operator.serves = True
    assert run(api, whole, module="cnpg_pooler").get("changed") is False


def test_information(api: Api, namespace: str) -> None:
    """Nothing there, nothing wrong."""
    options = {"namespace": namespace}
    done = run(api, options, module="cnpg_info")
    assert (done["clusters"], done["unprotected"]) == ([], [])
