# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""mariadb_cluster against a real API server with the real CRDs: what is applied, refused, waited for, and what it costs."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.effects import FIELDS
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import MANAGER
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object, Refused, at, name_of

from tests.integration.mariadb.conftest import SPEC, Cluster, live, with_spec
from tests.support.apiserver import Api
from tests.support.mariadb_double import Operator

#: Fields that the pinned release has and the newest buildable one has not.
NEWER = {"enableServiceLinks", "lifecycle", "maintenance", "multiCluster", "pointInTimeRecoveryRef", "terminationGracePeriodSeconds"}
RUN = "import runpy, sys; runpy.run_module(sys.argv.pop(1), run_name='__main__')"
MOST_REQUESTS = 12


def test_every_field_of_the_crd_has_a_row_in_the_table(crds: list[Object]) -> None:
    """And every row is a field, of this release or of the pinned one."""
    crd = next(crd for crd in crds if crd["spec"]["names"]["kind"] == "MariaDB")
    fields = set(crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"])
    rows = {path.partition(".")[0] for path in FIELDS} - {"metadata"}
    assert fields <= rows
    assert rows - fields <= NEWER


def test_created_waited_for_and_then_left_alone(cluster: Cluster) -> None:
    first = cluster.do(spec=SPEC)
    assert first.changed
    assert at(first.after, "status", "replicas") == 3
    assert at(live(cluster), "status", "replicas") == 3
    assert not cluster.do(spec=SPEC).changed


def test_check_mode_classifies_and_writes_nothing(cluster: Cluster) -> None:
    cluster.do(spec=SPEC)
    before = live(cluster)["metadata"]["generation"]
    found = cluster.do(spec=with_spec(image="mariadb:11.8.4", galera={"recovery": {"podSyncTimeout": "3m"}}), check=True)
    assert found.changed
    assert {change.path: change.effect for change in found.changes} == {"image": Effect.SWITCHOVER, "galera.recovery.podSyncTimeout": Effect.ONLINE}
    assert live(cluster)["metadata"]["generation"] == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"storage": {"size": "512Mi"}}, "volumes do not shrink"),
        ({"image": "mariadb:11.4.9"}, "one way only"),
        ({"replicas": 4}, "no majority"),
        ({"replicas": 5, "podDisruptionBudget": {"maxUnavailable": 1}}, "a running cluster ignores it"),
        ({"rootPasswordSecretKeyRef": {"key": "other"}}, "get in"),
        ({"galera": {"primary": {"podIndex": 1}}}, "every failover"),
        ({"nonsense": True}, "nonsense"),
    ],
)
def test_refused_before_anything_is_touched(cluster: Cluster, change: Object, words: str) -> None:
    cluster.do(spec=SPEC)
    before = live(cluster)["metadata"]["generation"]
    with pytest.raises(Refused) as caught:
        cluster.do(spec=with_spec(**change))
    assert words in str(caught.value)
    assert live(cluster)["metadata"]["generation"] == before


def test_somebody_elses_field_is_a_conflict_that_names_its_manager(cluster: Cluster, api: Api) -> None:
    cluster.do(spec=SPEC)
    api.kube().patch(cluster.session.reference(), {"spec": {"myCnf": "[mariadb]\nmax_connections=9\n"}}, "kubectl-edit")
    with pytest.raises(Refused, match="kubectl-edit"):
        cluster.do(spec=with_spec(myCnf="[mariadb]\nmax_connections=10\n"))


def test_argo_cds_cluster_is_refused_and_steered_all_the_same(cluster: Cluster, api: Api) -> None:
    cluster.do(spec=SPEC)
    mark = {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "nextcloud:k8s.mariadb.com/MariaDB:x/shop"}}}
    api.kube().patch(cluster.session.reference(), mark, "argocd-controller")
    with pytest.raises(Refused, match="belongs to Application nextcloud"):
        cluster.do(spec=with_spec(myCnf="[mariadb]\nmax_connections=10\n"))
    assert cluster.do("switched_over", primary=2).more == {"primary": "shop-2"}
    assert not cluster.do("switched_over", primary=2).changed


def test_a_field_of_the_operators_defaults_is_no_change_of_ours(cluster: Cluster, api: Api) -> None:
    cluster.do(spec=SPEC)
    defaults = {"spec": {"galera": {"sst": "mariabackup", "primary": {"podIndex": 0, "autoFailover": True}}, "updateStrategy": {"autoUpdateDataPlane": False}}}
    api.kube().patch(cluster.session.reference(), defaults, "mariadb-operator")
    assert not cluster.do(spec=SPEC).changed


def test_scaled_up_and_down_with_its_volumes_kept(cluster: Cluster, api: Api) -> None:
    cluster.do(spec=SPEC)
    assert cluster.do("scaled", members=5).changed
    assert cluster.do("scaled", members=3).changed
    claims = api.kube().objects("v1", "PersistentVolumeClaim", cluster.session.namespace)
    assert len(claims) == 5
    assert not cluster.do("scaled", members=3).changed


def test_an_upgrade_wants_a_backup_and_then_changes_the_image_alone(cluster: Cluster) -> None:
    cluster.do(spec=SPEC)
    with pytest.raises(Refused, match="there is none"):
        cluster.do("upgraded", image="mariadb:11.8.4")
    assert cluster.do("upgraded", image="mariadb:11.8.4", backup_within=0).changed
    there = live(cluster)["spec"]
    assert overlaid(there, {**SPEC, "image": "mariadb:11.8.4"}) == there


def test_a_crash_is_forced_from_the_member_that_knows_most_and_the_order_is_taken_back(cluster: Cluster, operator: Operator) -> None:
    cluster.do(spec=SPEC)
    operator.down = True
    cluster.session.until("down", lambda: at(live(cluster), "status", "replicas") == 0)
    with pytest.raises(Refused, match="nobody knows what this member knows"):
        cluster.do("recovered", bootstrap_member="shop-1", confirm="shop-1")
    assert cluster.do("recovered", bootstrap_member="shop-0", confirm="shop-0").changed
    assert at(live(cluster), "spec", "galera", "recovery", "forceClusterBootstrapInPod") is None
    assert not cluster.do("recovered").changed


def test_deleted_with_a_confirmation_and_with_its_volumes_kept(cluster: Cluster, api: Api) -> None:
    cluster.do(spec=SPEC)
    place = f"{cluster.session.namespace}/shop"
    with pytest.raises(Refused, match="write confirm"):
        cluster.do("absent", proven_within=0)
    assert cluster.do("absent", confirm=place, proven_within=0).changed
    assert len(api.kube().objects("v1", "PersistentVolumeClaim", cluster.session.namespace)) == 3
    assert not cluster.do("absent", confirm=place).changed
    bindings = [name_of(thing) for thing in api.kube().objects("rbac.authorization.k8s.io/v1", "ClusterRoleBinding")]
    assert not [name for name in bindings if name.startswith(f"shop-{cluster.session.namespace}-")], "Kubernetes would keep it for ever"


def test_a_second_run_costs_few_requests_and_the_module_says_what_it_is_given(cluster: Cluster, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.do(spec=SPEC)
    asked: list[str] = []
    kube = cluster.session.api
    ask = t.cast(t.Any, kube).ask

    def counted(*arguments: t.Any, **named: t.Any) -> t.Any:
        asked.append(arguments[0])
        return ask(*arguments, **named)

    monkeypatch.setattr(kube, "ask", counted)
    assert not cluster.do(spec=SPEC).changed
    assert len(asked) <= MOST_REQUESTS, asked
    given = {"kubeconfig": str(api.kubeconfig), "context": api.context, "name": "shop", "namespace": cluster.session.namespace, "spec": SPEC}
    done = subprocess.run(
        [sys.executable, "-c", RUN, "ansible_collections.groundwork.platform.plugins.modules.mariadb_cluster"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": given}),
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"},
    )
    found = json.loads(done.stdout)
    assert (found["changed"], found["cluster"]["hosts"]["primary"]) == (False, f"shop-primary.{cluster.session.namespace}.svc"), done.stderr


def test_our_fields_have_one_owner(cluster: Cluster) -> None:
    cluster.do(spec=SPEC)
    managers = {entry["manager"] for entry in live(cluster)["metadata"]["managedFields"] if entry["operation"] == "Apply"}
    assert managers == {MANAGER}
