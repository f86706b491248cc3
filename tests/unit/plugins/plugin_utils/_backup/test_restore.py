# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore of a database may do: a truth table of refusals, and what holds for every request."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.restore import SCENARIOS, Request, Site, plan
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
DUMP = {"scenario": "dump", "database": "orders", "to": "orders_back", "dumps": "prod/dumps"}
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
        ({"environment": "test", "from_environment": "dev"}, "dev comes before test"),
        ({"environment": "prod", "from_environment": "dev"}, "whose data comes masked"),
        ({"from_environment": "prod"}, None),
        ({"from_environment": "stage"}, "no environment 'stage'"),
        ({**TABLE, "environment": "dev", "from_environment": "prod"}, "within its environment only"),
        (DUMP, None),
        ({**DUMP, "dump": "prod/dumps/shop/orders/20261122T030000Z.dump"}, None),
        ({**DUMP, "dump": "prod/dumps/shop/other/20261122T030000Z.dump"}, "is no dump of shop/orders of prod: their keys begin with prod/dumps/shop/orders/"),
        ({**DUMP, "environment": "dev", "dumps": "dev/dumps", "dump": "prod/dumps/shop/orders/20261122T030000Z.dump"}, "is no dump of shop/orders of dev"),
        ({**DUMP, "dump": "/prod/dumps/shop/orders/1.dump"}, "is no dump of"),
        ({**DUMP, "dump": "prod/dumps2/shop/orders/1.dump"}, "is no dump of"),
        ({**DUMP, "dump": "x/prod/dumps/shop/orders/1.dump"}, "is no dump of"),
        ({**DUMP, "dump": "prod/dumps/shop/orders/../../../../dev/dumps/shop/orders/1.dump"}, "is no dump of"),
        ({**DUMP, "dumps": ""}, "prod makes no dumps"),
        ({"dump": "prod/dumps/shop/orders/1.dump"}, "belongs to scenario dump"),
        ({**DUMP, "to": "orders"}, "goes into a new one only"),
        ({**DUMP, "to": "postgres"}, "goes into a new one only"),
        ({**DUMP, "to": "app"}, "app is a database of shop"),
        ({**DUMP, "to": "template1"}, "template1 is a database of shop"),
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


KEYS = [f"{environment}/dumps/{path}/1.dump" for environment in ORDER for path in ("shop/orders", "shop/other", "desk/orders", "shop/orders/x")]
WORDS = st.sampled_from(["", *ORDER, "shop", "shop-2", "orders", "orders_back", "app", "invoices", "yes", TYPED, "2026-11-22T09:00:00Z"])
ASKED = {
    **dict.fromkeys(("cluster", "to", "target_time", "database", "table", "confirm", "from_environment"), WORDS),
    "environment": st.sampled_from(ORDER),
    "scenario": st.sampled_from(SCENARIOS),
    "overwrite": st.booleans(),
    "dump": st.sampled_from(["", *KEYS]),
    "dumps": st.sampled_from(["", *(f"{environment}/dumps" for environment in ORDER)]),
}
RIGHT = {**ASKED, "cluster": st.just("shop"), "database": st.just("orders"), "target_time": st.just(""), "overwrite": st.just(False)}
INTO = {"newest": {"to": st.just("shop-2"), "dump": st.just("")}, "dump": {"to": st.sampled_from(["orders_back", "app"]), "from_environment": st.just("")}}
#: Most of them are nearly right: of those that are wrong everywhere none gets through.
REQUESTS = st.one_of(st.fixed_dictionaries(ASKED), *(st.fixed_dictionaries({**RIGHT, "scenario": st.just(name), **own}) for name, own in INTO.items()))


@given(asked=REQUESTS, masking=st.sampled_from([{}, {"shop": "mask.sql"}]))
def test_no_request_touches_its_source_or_brings_data_down_unmasked(asked: dict[str, Any], masking: dict[str, str]) -> None:
    found = plan(Request(**asked), site(masking=masking), NOW)
    if found.problems:
        return
    assert asked["to"] not in (*site().clusters, *SHOP["databases"], "app")
    if asked["overwrite"]:
        assert asked["confirm"] == found.confirm == f"databases/shop/{asked['database']}/{found.table}"
    source = asked["from_environment"] or asked["environment"]
    assert ORDER.index(source) >= ORDER.index(asked["environment"])
    assert bool(found.masking) == (source != asked["environment"])
    if asked["dump"]:
        assert (asked["scenario"], source) == ("dump", asked["environment"])
        assert asked["dump"] == f"{asked['dumps']}/shop/orders/1.dump"
