# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server with the real CRDs of mariadb-operator."""

from __future__ import annotations

import contextlib
import copy
import functools
import itertools
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Patience
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.modules import mariadb_backup, mariadb_cluster

from lab.twin import artefacts
from tests.support.api_site import ROW, Site
from tests.support.apiserver import Api, api_server
from tests.support.background import repeated
from tests.support.mariadb_double import Operator

NUMBERS = itertools.count(1)
IMAGE = "mariadb:11.8.3"
SPEC: Object = {
    "image": IMAGE,
    "replicas": 3,
    "galera": {"enabled": True, "recovery": {"enabled": True}},
    "affinity": {"antiAffinityEnabled": True},
    "storage": {"size": "1Gi"},
    "rootPasswordSecretKeyRef": {"name": "shop-credentials", "key": "db-root-password"},
}

S3 = {
    "bucket": "b",
    "endpoint": "s3.example.org",
    "tls": {"enabled": True},
    "accessKeyIdSecretKeyRef": {"name": "shop-credentials", "key": "s3-access-key"},
    "secretAccessKeySecretKeyRef": {"name": "shop-credentials", "key": "s3-secret-key"},
}


@pytest.fixture(scope="session")
def crds() -> list[Object]:
    """The CRDs as they come out of the operator's module."""
    files = sorted(artefacts.build("crds").glob("k8s.mariadb.com_*.yaml"))
    return [yaml.safe_load(file.read_text("utf-8")) for file in files]


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory, crds: list[Object]) -> Iterator[Api]:
    """With the CRDs served."""
    with api_server(tmp_path_factory.mktemp("api")) as running:
        kube = running.kube()
        for crd in crds:
            kube.apply({key: value for key, value in crd.items() if key != "status"}, "test")
        session = Session(kube, "", "", patience=Patience(timeout=180))
        for kind in (crd["spec"]["names"]["kind"] for crd in crds):
            session.until(kind, functools.partial(kube.serves, GROUP, kind))
        yield running


@pytest.fixture
def namespace(api: Api) -> str:
    """One for each test."""
    name = f"test-{next(NUMBERS)}"
    api.kube().apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "test")
    return name


@pytest.fixture
def operator(api: Api, namespace: str) -> Iterator[Operator]:
    """Somebody who carries changes out."""
    with Operator(api.kube(), namespace) as running:
        yield running


def claims_end(api: Api, namespace: str) -> contextlib.AbstractContextManager[None]:
    """Kubernetes's own controller, which lets a claim go that no pod uses."""

    def work() -> None:
        for claim in api.kube().objects("v1", "PersistentVolumeClaim", namespace):
            if at(claim, "metadata", "deletionTimestamp"):
                reference = Reference("v1", "PersistentVolumeClaim", name_of(claim), namespace)
                api.kube().patch(reference, {"metadata": {"finalizers": None}}, "test")

    return repeated(work, 0.2, KubeError)


class Cluster:
    """The modules without their shells: options in, outcome out."""

    def __init__(self, api: Api, namespace: str, name: str = "shop") -> None:
        self.session = Session(api.kube(), namespace, name, patience=Patience(timeout=180, stable=0.5), sleep=lambda seconds: time.sleep(seconds / 10))

    def do(self, state: str = "present", *, check: bool = False, **options: t.Any) -> Outcome:
        """One state of mariadb_cluster, with the module's own defaults."""
        return mariadb_cluster.carried_out(self.session, self._given(mariadb_cluster.OPTIONS, state, check, options))

    def backup(self, state: str = "taken", *, check: bool = False, **options: t.Any) -> Outcome:
        """One state of mariadb_backup."""
        return mariadb_backup.carried_out(self.session, self._given(mariadb_backup.OPTIONS, state, check, options))

    def _given(self, known: dict[str, dict[str, t.Any]], state: str, check: bool, options: dict[str, t.Any]) -> dict[str, t.Any]:
        self.session.check_mode = check
        defaults = {key: option.get("default") for key, option in known.items()}
        return {**defaults, "name": self.session.name, "namespace": self.session.namespace, "state": state, **options}


@pytest.fixture
def cluster(api: Api, namespace: str, operator: Operator) -> Cluster:
    """With an operator at work."""
    assert not operator.down
    return Cluster(api, namespace)


def live(cluster: Cluster) -> Object:
    """As the API server has it."""
    return cluster.session.existing()


def with_spec(**changes: t.Any) -> Object:
    return t.cast(Object, overlaid(copy.deepcopy(SPEC), changes))


def place(cluster: Cluster) -> Object:
    """Of each test's own: two clusters never dump into one."""
    return {"s3": {**S3, "prefix": f"{cluster.session.namespace}/shop"}}


CHECKS: list[Object] = [{"database": "shop", "sql": "SELECT COUNT(*) FROM users", "minimum": 1}]


def clusters(namespace: str, checks: t.Sequence[Object] = ()) -> dict[str, t.Any]:
    """What the matrix would say of the cluster, as variables of the inventory."""
    metadata = {"name": "shop", "namespace": namespace}
    user = {"apiVersion": GROUP, "kind": "User", "metadata": metadata, "spec": {"name": "shop", "mariaDbRef": {"name": "shop"}, "host": "%"}}
    dumps = {"storage": {"s3": {**S3, "prefix": f"{namespace}/shop"}}}
    return {"mariadb_clusters": [{**metadata, "spec": SPEC, "contents": [user], "backup": dumps, "checks": list(checks)}]}


@pytest.fixture
def site(tmp_path: Path, api: Api, namespace: str) -> Site:
    """With the row of its dumps."""
    row = {**ROW, "kind": "mariadb", "what": "MariaDB", "tool": "mariadb-operator", "expects": ["shop"]}
    return Site(tmp_path, api, namespace, groundwork_backup_rows=[row], **clusters(namespace))


@pytest.fixture
def dumped(cluster: Cluster, site: Site) -> Site:
    """A cluster with a dump that succeeded."""
    cluster.do(spec=SPEC)
    cluster.backup(backup="shop", spec={"storage": place(cluster)})
    return site
