# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at a place in a bucket already."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.archives import UNCHECKED, problems
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.migrate import released
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Object


def store(name: str, path: str, *servers: str) -> Object:
    """An ObjectStore, with the servers of which it has backups."""
    return {
        "metadata": {"name": name},
        "spec": {"configuration": {"destinationPath": path}},
        "status": {"serverRecoveryWindow": {server: {} for server in servers}},
    }


STORES = [store("s", "s3://x/", "gone", "a"), store("same", "s3://x"), store("t", "s3://t")]


def cluster(name: str, at: str = "s", server: str = "", **spec: t.Any) -> Object:
    """One that archives there."""
    given = {"barmanObjectName": at, **({"serverName": server} if server else {})}
    return {"metadata": {"name": name}, "spec": {"imageName": "r/p:17.6", "plugins": [{"name": PLUGIN, "parameters": given}], **spec}}


NOWHERE: Object = {"metadata": {"name": "n"}, "spec": {}}
IN_TREE: Object = {"metadata": {"name": "a"}, "spec": {"backup": {"barmanObjectStore": {"destinationPath": "s3://x"}}}}
PENDING = {**cluster("a", server="a-pg18", imageName="r/p:18.1"), "status": {"pgDataImageInfo": {"majorVersion": 17}}}


@pytest.mark.parametrize(
    ("before", "after", "others", "words"),
    [
        (NOWHERE, NOWHERE, [NOWHERE], ""),
        # clusters that live
        (None, cluster("b"), [cluster("b"), NOWHERE, cluster("c")], ""),
        (None, cluster("b"), [cluster("c", server="b")], "cluster c writes"),
        (None, cluster("b"), [cluster("c", "same", "b")], "cluster c writes"),
        (None, cluster("b"), [cluster("c", "t", "b")], ""),
        # servers of which there are backups
        (None, cluster("a"), [], "holds backups of a server a"),
        (None, cluster("a", "same"), [], "holds backups of a server a"),
        (None, cluster("a", "t"), [], ""),
        (None, cluster("a", "missing"), [], ""),
        (cluster("b"), cluster("b", server="gone"), [], "holds backups of a server gone"),
        (NOWHERE, cluster("n", server="gone"), [], "holds backups of a server gone"),
        # its own: as before, by another name of the store, from the operator's own Barman
        (cluster("a"), cluster("a", resources={}), [], ""),
        (cluster("a"), cluster("a", "same"), [], ""),
        (IN_TREE, cluster("a"), [], ""),
        # back from a major upgrade that failed, and not from one that did not
        (PENDING, cluster("a"), [], ""),
        ({**PENDING, "status": {"pgDataImageInfo": {"majorVersion": 18}}}, cluster("a", imageName="r/p:18.1"), [], "holds backups of a server a"),
    ],
)
def test_a_place_has_one_cluster(before: Object | None, after: Object, others: list[Object], words: str) -> None:
    """Compared by path, whatever the ObjectStore is called."""
    found = [problem.reason for problem in problems(before, after, others, STORES)]
    assert len(found) == (1 if words else 0), found
    assert words in "".join(found)


def test_who_has_a_reason_to_skip_the_check_skips_this_one() -> None:
    """The annotation is refused without its reason (guards)."""
    wanted = cluster("a")
    wanted["metadata"]["annotations"] = {UNCHECKED: "enabled"}
    assert list(problems(None, wanted, [], STORES)) == []


def test_what_single_operations_own_of_the_plugins_is_released() -> None:
    """And nothing else: neither their annotations nor what others own."""

    def entry(manager: str, *fields: str, metadata: bool = True) -> Object:
        spec: Object = {"f:spec": {f"f:{field}": {} for field in fields}} if fields else {}
        return {"manager": manager, "operation": "Update", "fieldsV1": {**spec, **({"f:metadata": {}} if metadata else {})}}

    def left(*entries: Object) -> list[Object]:
        return released({"metadata": {"managedFields": list(entries)}})

    others = [entry("somebody", "plugins"), {**entry(OPERATOR, "plugins"), "subresource": "status"}, entry(OPERATOR, "instances")]
    assert left(*others) == others
    assert left(entry(OPERATOR, "plugins")) == [entry(OPERATOR)]
    assert left(entry(OPERATOR, "plugins", "backup")) == [entry(OPERATOR, "backup")]
    assert left(entry(OPERATOR, "plugins", metadata=False)) == []
    assert released({}) == []
