# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before a restore touches anything: wrong token, another cluster's snapshot, one that is too new, and what is fine."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import recovery, token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, TokenState

PASSWORD = "a" * 32
OPENS = token.key_name(PASSWORD)
VERSION = "v1.35.0+k3s3"
NAMES = ("node-1", "node-2", "node-3")
BARE = recovery.Source(OPENS, dict.fromkeys(NAMES, VERSION))
BUNDLE = dataclasses.replace(BARE, bundled=OPENS, site="site-dev")
WANTED = recovery.Wanted("site-dev", NAMES, VERSION)


def servers(digest: str | None = OPENS, version: str = VERSION) -> dict[str, Observation | None]:
    return {
        name: Observation(name, "amd64", unit_state="active", binary_version=version, has_etcd=True, server_token=TokenState(digest, digest)) for name in NAMES
    }


def fresh() -> dict[str, Observation | None]:
    return {name: Observation(name, "amd64") for name in NAMES}


def test_in_place_with_the_token_that_is_there() -> None:
    assert recovery.plan(BARE, WANTED, servers()) == recovery.Plan("present", (), (), ())


def test_onto_new_hosts_with_the_bundle_alone() -> None:
    assert recovery.plan(BUNDLE, WANTED, fresh()) == recovery.Plan("bundle", NAMES, (), ())


def test_onto_new_hosts_with_the_secrets_file() -> None:
    given = dataclasses.replace(WANTED, given=f"K10{'0' * 64}::server:{PASSWORD}")
    assert recovery.plan(BARE, given, fresh()) == recovery.Plan("given", NAMES, (), ())


def test_the_bundle_counts_for_more_than_a_later_token() -> None:
    assert recovery.plan(BUNDLE, WANTED, servers("0123456789ab")) == recovery.Plan("bundle", (), (), ())


def test_a_weak_token_is_left_to_k3s() -> None:
    assert recovery.plan(BARE, WANTED, servers("weak")).problems == ()


@pytest.mark.parametrize(
    ("source", "wanted", "seen", "reason"),
    [
        (BARE, WANTED, servers("0123456789ab"), f"needs {OPENS}; on the servers: 0123456789ab; in the secrets file: none"),
        (BARE, WANTED, fresh(), "on the servers: none"),
        (BARE, dataclasses.replace(WANTED, given="b" * 32), fresh(), f"in the secrets file: {token.key_name('b' * 32)}"),
        (dataclasses.replace(BUNDLE, bundled="0123456789ab"), WANTED, servers(), "the bundle's token (0123456789ab) does not open this snapshot"),
        (dataclasses.replace(BUNDLE, site="site-prod"), WANTED, servers(), "made for site-prod, this is site-dev"),
        (dataclasses.replace(BARE, nodes={"other-1": VERSION}), WANTED, servers(), "another cluster's: its nodes are other-1"),
        (dataclasses.replace(BARE, nodes={"node-1": "v1.36.0+k3s1"}), WANTED, servers(), f"written by K3s v1.36.0+k3s1, newer than {VERSION}"),
        (BARE, WANTED, {**servers(), "node-2": None}, "node-2 was not reached"),
        (BUNDLE, WANTED, {**fresh(), "node-3": Observation("node-3", "amd64", has_etcd=True)}, "node-3 has data of etcd but no K3s"),
    ],
)
def test_refusals(source: recovery.Source, wanted: recovery.Wanted, seen: dict[str, Observation | None], reason: str) -> None:
    assert reason in "; ".join(recovery.plan(source, wanted, seen).problems)


def test_an_older_version_may_be_read_by_a_later_one() -> None:
    assert recovery.plan(dataclasses.replace(BARE, nodes={"node-1": "v1.34.3+k3s1", "node-2": ""}), WANTED, servers()).problems == ()


def test_the_way_back_from_an_upgrade_exchanges_the_binary_of_those_that_have_it() -> None:
    seen = {**servers(), "node-2": servers(version="v1.36.0+k3s1")["node-2"]}
    assert recovery.plan(BARE, WANTED, seen) == recovery.Plan("present", (), ("node-2",), ())


def test_servers_without_an_agent_have_no_node() -> None:
    assert recovery.plan(dataclasses.replace(BARE, nodes={}), WANTED, servers()).problems == ()
