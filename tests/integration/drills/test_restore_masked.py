# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a masked restore refuses, how closed its namespace is, and that what a killed one has left goes first. All of it runs in a twin only."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import at

from tests.support.api_site import Site
from tests.support.open_kinds import serve
from tests.support.plays import ROOT

#: Each of them plays something several times.
pytestmark = pytest.mark.long
CNPG, POLICY = "postgresql.cnpg.io/v1", "networking.k8s.io/v1"
NAMESPACE, CLOSED = "databases-masked", "groundwork-masking"
MARK = {"groundwork.platform/drill": "masking"}


def made(site: Site, version: str, kind: str, name: str, namespace: str = "", labels: dict[str, str] | None = None, **more: Any) -> None:
    where = {"namespace": namespace} if namespace else {}
    site.api.kube().apply({"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": labels or {}, **where}, **more}, "test")


def part(site: Site, name: str, **variables: Any) -> None:
    """One file of tasks, on this machine as the playbook runs it: the host cannot be reached."""
    file = f"{ROOT}/playbooks/tasks/{name}.yml"
    site.part(begin=f"    - include_tasks: {{file: {file}, apply: {{delegate_to: localhost}}}}\n", ansible_become=False, **variables)


def asked(site: Site, to: str) -> tuple[str, ...]:
    """The matrix knows how to mask the cluster."""
    serve(site.api.kube(), "test", CNPG, ["Cluster"])
    cluster = {"name": "shop", "namespace": NAMESPACE, "spec": {}, "beside": [], "checks": []}
    site.own |= {"postgresql_clusters": [cluster], "postgresql_masking": {"shop": "mask.sql"}, "groundwork_order": ["dev", "prod"]}
    site.own |= {"groundwork_backup_places": {"first": {"endpoint": "192.0.2.1", "access_key": "a", "secret_key": "s", "ca_file": ""}}}
    return "-e", "from_environment=prod", "-e", "cluster=shop", "-e", f"to={to}"


@pytest.mark.parametrize("check", [(), ("--check",)])
def test_masked_data_goes_into_no_cluster_that_is_there(site: Site, check: tuple[str, ...]) -> None:
    arguments = asked(site, "shop-masked")
    made(site, "v1", "Namespace", NAMESPACE)
    made(site, CNPG, "Cluster", "shop-masked", NAMESPACE)
    done = site.play("restore_database", *arguments, *check)
    assert done.status != 0
    assert f"{NAMESPACE}/shop-masked is there, and masked data goes into a new cluster only" in done.said
    assert not site.has("v1", "Namespace", CLOSED)


def test_what_a_killed_one_has_left_goes_and_nothing_else(site: Site) -> None:
    made(site, "v1", "Namespace", NAMESPACE)
    made(site, "v1", "Namespace", CLOSED, labels=MARK)
    for name, labels in (("old-import-credentials", MARK), ("shop-credentials", {})):
        made(site, "v1", "Secret", name, NAMESPACE, labels, stringData={"password": "of-the-raw-one"})
    for name, labels in (("old-import", MARK), ("default-deny", {})):
        made(site, POLICY, "NetworkPolicy", name, NAMESPACE, labels, spec={"podSelector": {}})
    part(site, "restore_database_clear")
    for _again in range(2):
        done = site.play("part", "-vvv", "--diff")
        assert done.status == 0, done.tail
        assert "of-the-raw-one" not in done.output
    assert not site.has("v1", "Namespace", CLOSED)
    assert [site.has("v1", "Secret", name, NAMESPACE) for name in ("old-import-credentials", "shop-credentials")] == [False, True]
    assert [site.has(POLICY, "NetworkPolicy", name, NAMESPACE) for name in ("old-import", "default-deny")] == [False, True]


def test_a_namespace_without_the_mark_is_somebody_elses(site: Site) -> None:
    """Neither the refusal nor the end of the playbook removes it."""
    made(site, "v1", "Namespace", CLOSED)
    try:
        done = site.play("restore_database", *asked(site, "shop-new"))
        assert done.status != 0
        assert "so no restore has made it" in done.said
        assert site.has("v1", "Namespace", CLOSED)
    finally:
        made(site, "v1", "Namespace", CLOSED, labels=MARK)
        part(site, "restore_database_clear")
        assert site.play("part").status == 0


def test_the_namespace_lets_out_what_the_restore_needs_and_nothing_else(site: Site) -> None:
    serve(site.api.kube(), "test", "barmancloud.cnpg.io/v1", ["ObjectStore"])
    place = {"endpoint": "s3.example.org:9000", "access_key": "a", "secret_key": "secret-of-s3", "ca_file": ""}
    own = {"_quarantine": CLOSED, "_mark": MARK, "_place": place, "restore_database_plan": {"namespace": NAMESPACE}, "to": "shop-masked"}
    part(site, "restore_database_quarantine", **own, from_environment="prod", postgresql_archives={"prod": "s3://b/prod"})
    # The ObjectStore is not looked at here, and its module has other access.
    site.play("part")
    policy = site.get(POLICY, "NetworkPolicy", "closed", CLOSED)
    part(site, "restore_database_clear")
    assert site.play("part").status == 0
    assert sorted(at(policy, "spec", "policyTypes")) == ["Egress", "Ingress"]
    anywhere = [rule["ports"] for rule in at(policy, "spec", "egress") if not rule.get("to")]
    assert anywhere == [[{"protocol": "TCP", "port": 6443}, {"protocol": "TCP", "port": 9000}]]
