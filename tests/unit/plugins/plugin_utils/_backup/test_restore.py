# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore of a database may do: a truth table of refusals, and what holds for every request."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.restore import Request, Site, plan
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)
SHOP = {"namespace": "databases", "server": "shop-r2", "databases": ["orders"]}
ORDER = ("dev", "test", "prod")


def site(**changes: Any) -> Site:
    return Site(**{"environments": ORDER, "clusters": {"shop": SHOP}, "masking": {}, **changes})


def request(**changes: Any) -> Request:
    return Request(**{"environment": "prod", "cluster": "shop", "to": "shop-2", **changes})


TABLE = {"scenario": "table", "database": "orders", "table": "invoices"}
DUMP = {"scenario": "dump", "database": "orders", "to": "orders_back"}
TYPED = "databases/shop/orders/public.invoices"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, None),
        ({"scenario": "time", "target_time": "2026-11-22T09:00:00+01:00"}, None),
        ({**TABLE}, None),
        ({**TABLE, "table": "sales.invoices", "overwrite": True, "confirm": "databases/shop/orders/sales.invoices"}, None),
        ({**TABLE, "overwrite": True, "confirm": TYPED}, None),
        ({"cluster": "shopp"}, "did you mean 'shop'"),
        ({"to": ""}, "cannot be the name"),
        ({"to": "Shop_2"}, "cannot be the name"),
        ({"to": "shop"}, "goes into a new one only"),
        ({"scenario": "yesterday"}, "no scenario"),
        ({"scenario": "time"}, "needs -e target_time"),
        ({"target_time": "2026-11-22T09:00:00Z"}, "newest takes no target_time"),
        ({"scenario": "time", "target_time": "2026-11-22T09:00:00"}, "no time zone"),
        ({"scenario": "time", "target_time": "2026-11-23T09:00:00Z"}, "in the future"),
        ({"scenario": "time", "target_time": "yesterday"}, "is no time"),
        ({**TABLE, "overwrite": True}, f"-e confirm={TYPED}"),
        ({**TABLE, "overwrite": True, "confirm": "yes"}, f"-e confirm={TYPED}"),
        ({"overwrite": True, "confirm": "databases/shop"}, "only a single table"),
        ({**TABLE, "database": "order"}, "did you mean 'orders'"),
        ({**TABLE, "table": "a; DROP TABLE b"}, "is no table"),
        ({"environment": "dev", "from_environment": "prod"}, "only masked"),
        ({"environment": "test", "from_environment": "dev"}, None),
        ({"from_environment": "stage"}, "no environment 'stage'"),
        ({**TABLE, "environment": "dev", "from_environment": "prod"}, "within its environment only"),
        (DUMP, None),
        ({**DUMP, "dump": "prod/dumps/shop/orders/20261122T030000Z.dump"}, None),
        ({**DUMP, "dump": "prod/dumps/shop/other/20261122T030000Z.dump"}, "is no dump of shop/orders"),
        ({"dump": "prod/dumps/shop/orders/1.dump"}, "belongs to scenario dump"),
        ({**DUMP, "to": "orders"}, "goes into a new one only"),
        ({**DUMP, "to": "postgres"}, "goes into a new one only"),
        ({**DUMP, "to": "orders-2"}, "name of the new database"),
        ({**DUMP, "database": ""}, "has no database ''"),
        ({**DUMP, "overwrite": True}, "only a single table"),
        ({**DUMP, "target_time": "2026-11-22T09:00:00Z"}, "takes no target_time"),
        ({**DUMP, "environment": "dev", "from_environment": "prod"}, "a single dump is restored within its environment only"),
    ],
)
def test_refusals(asked: dict[str, Any], words: str | None) -> None:
    found = plan(request(**asked), site(), NOW)
    assert (found.problems == ()) == (words is None), found.problems
    assert words is None or words in "; ".join(found.problems)


def test_everything_wrong_is_said_at_once() -> None:
    assert len(plan(request(cluster="no", to="NO", scenario="no"), site(), NOW).problems) == 3


def test_what_the_playbook_needs() -> None:
    found = plan(request(**TABLE, overwrite=True, confirm=TYPED), site(), NOW)
    assert (found.namespace, found.server, found.table, found.confirm) == ("databases", "shop-r2", "public.invoices", TYPED)


def test_masked_data_may_go_down() -> None:
    found = plan(request(environment="dev", from_environment="prod"), site(masking={"shop": "mask.sql"}), NOW)
    assert (found.problems, found.masking) == ((), "mask.sql")


def test_data_of_the_same_environment_is_not_masked() -> None:
    assert plan(request(), site(masking={"shop": "mask.sql"}), NOW).masking == ""


WORDS = st.sampled_from(["", "dev", "test", "prod", "shop", "shop-2", "orders", "invoices", "yes", TYPED, "2026-11-22T09:00:00Z"])


@given(
    asked=st.fixed_dictionaries(
        dict.fromkeys(("environment", "cluster", "to", "target_time", "database", "table", "confirm", "from_environment"), WORDS)
        | {"scenario": st.sampled_from(["newest", "time", "table"]), "overwrite": st.booleans()}
    ),
    masking=st.sampled_from([{}, {"shop": "mask.sql"}]),
)
def test_no_request_touches_its_source_or_brings_data_down_unmasked(asked: dict[str, Any], masking: dict[str, str]) -> None:
    found = plan(Request(**asked), site(masking=masking), NOW)
    if found.problems:
        return
    assert asked["to"] not in site().clusters
    if asked["overwrite"]:
        assert asked["confirm"] == found.confirm == f"databases/shop/{asked['database']}/{found.table}"
    source = asked["from_environment"] or asked["environment"]
    if ORDER.index(source) > ORDER.index(asked["environment"]):
        assert found.masking
