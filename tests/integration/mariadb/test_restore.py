# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""restore_mariadb.yml against a real API server; the tests play mariadb-operator. The runbook is docs/runbooks/restore-mariadb.md."""

from __future__ import annotations

import functools

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import restore
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import at

from tests.integration.mariadb.conftest import Cluster, claims_end, live
from tests.support.api_site import Site
from tests.support.apiserver import Api

#: Each play takes ten seconds and more.
pytestmark = pytest.mark.long
ASKED = ("restore_mariadb", "-e", "mariadb=shop", "-e", "to=shop-2")


def test_a_mariadb_comes_back_beside_its_source(dumped: Site, cluster: Cluster) -> None:
    before = live(cluster)
    done = dumped.play(*ASKED, "--check")
    assert (done.status, "shop would be restored as shop-2" in done.said) == (0, True), done.tail
    assert not dumped.has(GROUP, "MariaDB", "shop-2")
    for _again in range(2):
        done = dumped.play(*ASKED)
        assert (done.status, "shop is restored as shop-2" in done.said) == (0, True), done.tail
    assert "changed=0" in done.said
    made, user = dumped.get(GROUP, "MariaDB", "shop-2"), dumped.get(GROUP, "User", "shop-2")
    assert at(made, "metadata", "annotations", restore.RESTORED)
    assert at(user, "spec", "mariaDbRef", "name") == "shop-2"
    assert (live(cluster)["metadata"]["generation"], live(cluster)["spec"]) == (before["metadata"]["generation"], before["spec"])


def test_a_name_whose_claims_are_left_is_refused_until_they_are_gone(dumped: Site, api: Api) -> None:
    """As after state absent: the cluster went, its volumes stay."""
    assert dumped.play(*ASKED).status == 0
    kube = api.kube()
    kube.delete(Reference(GROUP, "MariaDB", "shop-2", dumped.namespace))
    done = dumped.play(*ASKED)
    assert done.status != 0
    named = " ".join(f"persistentvolumeclaims/storage-shop-2-{number}" for number in range(3))
    assert f"if nobody needs what they hold, kubectl --namespace {dumped.namespace} delete {named}" in done.said
    assert not dumped.has(GROUP, "MariaDB", "shop-2")
    with claims_end(api, dumped.namespace):
        for number in range(3):
            kube.delete(Reference("v1", "PersistentVolumeClaim", f"storage-shop-2-{number}", dumped.namespace))
        done = dumped.play(*ASKED)
    assert done.status == 0, done.tail


def test_a_restore_that_was_killed_goes_on_beside_its_own_claims(dumped: Site) -> None:
    stopped = dumped.play(*ASKED, kill_when=functools.partial(dumped.has, GROUP, "Restore", "shop-2-restore"))
    assert stopped.status < 0, stopped.tail
    assert dumped.has("v1", "PersistentVolumeClaim", "storage-shop-2-0")
    done = dumped.play(*ASKED)
    assert done.status == 0, done.tail
    assert at(dumped.get(GROUP, "MariaDB", "shop-2"), "metadata", "annotations", restore.RESTORED)


def test_everything_against_it_is_said_at_once(site: Site) -> None:
    done = site.play("restore_mariadb", "-e", "mariadb=shop", "-e", "to=shop", "-e", "overwrite=true", "-e", "from_environment=prod")
    assert done.status != 0
    for words in ("3 problem(s), nothing was touched", "goes into a new one only", "never overwritten", "nothing masks a MariaDB"):
        assert words in done.said


def test_a_backup_that_leads_into_another_environment_is_refused(dumped: Site) -> None:
    """Whatever was asked for: somebody has let the Backup of dev read the dumps of production."""
    dumped.api.kube().patch(Reference(GROUP, "Backup", "shop", dumped.namespace), {"spec": {"storage": {"s3": {"prefix": "prod/shop"}}}}, "test")
    done = dumped.play(*ASKED)
    assert done.status != 0
    assert f"it reads b/prod/shop, which is not in {dumped.namespace}/shop, the folder of this cluster's environment" in done.said
    assert not dumped.has(GROUP, "MariaDB", "shop-2")
