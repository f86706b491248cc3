# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real MariaDB: bootstrapped, changed, broken, brought back after a crash of all members, dumped and restored, with a client that writes meanwhile.

No acknowledged row is ever lost.
"""

from __future__ import annotations

import threading
import typing as t

import pytest

from tests.support.databases import NAMESPACE, Failed
from tests.support.mariadbs import MariaDBs, MariaDBWriter, another_host
from tests.support.twin import raised
from tests.support.virtual_address import SERVERS

pytestmark = pytest.mark.long
ROWS = [{"database": "app", "sql": "SELECT COUNT(*) FROM written", "minimum": 20}]


@pytest.fixture(scope="module")
def site() -> t.Iterator[MariaDBs]:
    """A twin of dev with its cluster, the operator and an S3 account; nothing of MariaDB yet."""
    with raised("test-mariadb", "inventories/dev") as twin:
        done = twin.playbook("site.yml")
        assert done.status == 0, done.tail
        found = MariaDBs(twin)
        found.install()
        yield found


@pytest.fixture(scope="module")
def shop(site: MariaDBs) -> MariaDBs:
    """With a cluster of three, also when the test that makes it was not selected."""
    site.cluster(spec=site.spec())
    return site


def all_there(site: MariaDBs) -> bool:
    """Every member sees every other."""
    return [site.size(pod) for pod in site.pods()] == ["3", "3", "3"]


def ids(site: MariaDBs, cluster: str = "shop") -> set[int]:
    """Rows that are there."""
    return {int(number) for number in site.sql("SELECT id FROM app.written", cluster).split()}


def test_bootstrap(site: MariaDBs) -> None:
    assert site.cluster(spec=site.spec())["changed"]
    assert not site.cluster(spec=site.spec())["changed"]
    assert all_there(site)
    assert len({site.node_of(pod) for pod in site.pods()}) == 3
    assert site.do("mariadb_info", name="shop")["clusters"][0]["problems"] == ["unprotected: no backup has ever succeeded"]


def test_a_switchover(shop: MariaDBs) -> None:
    with MariaDBWriter(shop, another_host(shop, shop.primary())) as writer:
        found = shop.cluster(state="switched_over")
    assert shop.primary() == found["primary"]
    assert not shop.cluster(state="switched_over", primary=int(found["primary"].rpartition("-")[2]))["changed"]
    assert writer.lost() == set()


def test_a_setting_reaches_every_member_one_after_the_other(shop: MariaDBs) -> None:
    wanted = shop.spec(myCnf="[mariadb]\ninnodb_buffer_pool_size=128M\nmax_connections=123\n")
    planned = shop.cluster(spec=wanted, check=True)
    assert [(change["path"], change["effect"]) for change in planned["changes"]] == [("myCnf", "switchover")]
    with MariaDBWriter(shop, another_host(shop, shop.primary())) as writer:
        assert shop.cluster(spec=wanted)["changed"]
    assert {shop.sql("SELECT @@max_connections", pod=pod) for pod in shop.pods()} == {"123"}
    assert writer.lost() == set()
    shop.cluster(spec=shop.spec())


def test_another_image_with_a_backup_from_just_before(shop: MariaDBs) -> None:
    with pytest.raises(Failed, match="there is none"):
        shop.cluster(state="upgraded", image=shop.other_image)
    shop.backup(backup="before", spec={"storage": {"s3": shop.s3()}})
    with MariaDBWriter(shop, another_host(shop, shop.primary())) as writer:
        assert shop.cluster(state="upgraded", image=shop.other_image)["cluster"]["image"] == shop.other_image
    assert all_there(shop)
    assert writer.lost() == set()
    shop.cluster(spec=shop.spec())


def test_the_primarys_pod_is_killed(shop: MariaDBs) -> None:
    before = shop.primary()
    with MariaDBWriter(shop, another_host(shop, before)) as writer:
        shop.kill_pods(before)
        shop.until("another primary", lambda: shop.primary() != before)
    shop.until("all members", lambda: all_there(shop), 600)
    assert writer.lost() == set()


def test_the_primarys_host_loses_power(shop: MariaDBs) -> None:
    before = shop.primary()
    host = shop.node_of(before)
    with MariaDBWriter(shop, another_host(shop, before)) as writer:
        shop.twin.lab("kill", host)
        shop.until("another primary", lambda: shop.primary() != before, 600)
    assert writer.lost() == set()
    shop.twin.lab("start", host)
    shop.until("all members", lambda: all_there(shop), 900)


def test_a_crash_of_all_members(shop: MariaDBs) -> None:
    """Their pods are killed together: Galera cannot begin by itself, the operator finds the member that knows most."""
    with MariaDBWriter(shop, next(iter(SERVERS))) as writer:
        shop.kill_pods(*shop.pods())
        found = shop.cluster(state="recovered", wait_timeout=1500)
    assert writer.lost() == set()
    assert all_there(shop)
    assert not shop.cluster(state="recovered")["changed"]
    assert found["cluster"]["ready"]


def test_all_hosts_lose_power(shop: MariaDBs) -> None:
    """The site comes back with everything that was acknowledged."""
    shop.sql("CREATE TABLE IF NOT EXISTS app.marks (id INT PRIMARY KEY); INSERT IGNORE INTO app.marks VALUES (1), (2), (3)")
    for host in SERVERS:
        shop.twin.lab("kill", host)
    for host in SERVERS:
        shop.twin.lab("start", host)
    shop.until("the API", lambda: bool(shop.pods()), 600)
    shop.cluster(state="recovered", wait_timeout=1800)
    assert all_there(shop)
    assert {shop.sql("SELECT COUNT(*) FROM app.marks", pod=pod) for pod in shop.pods()} == {"3"}


def test_a_crash_with_a_member_that_does_not_come_back(shop: MariaDBs) -> None:
    """The operator waits for a member whose host is gone and asks nobody else; who was the primary may begin by order, which is taken back.

    Meanwhile the operator may call another member the primary, even the one whose host is gone.
    """
    before = shop.primary()
    gone = next(pod for pod in shop.pods() if pod != before)
    host = shop.node_of(gone)
    with MariaDBWriter(shop, another_host(shop, before, gone)) as writer:
        shop.twin.lab("kill", host)
        shop.kill_pods(*shop.pods())
        with pytest.raises(Failed, match="bootstrap_member") as caught:
            shop.cluster(state="recovered", wait_timeout=240)
        assert f"{gone}: unknown" in str(caught.value)
        with pytest.raises(Failed, match=f"write confirm: {before}"):
            shop.cluster(state="recovered", bootstrap_member=before)
        with pytest.raises(Failed, match=f"begin with .*{before}"):
            shop.cluster(state="recovered", bootstrap_member=gone, confirm=gone)
        later = threading.Timer(90, shop.twin.lab, ("start", host))
        later.start()
        found = shop.cluster(state="recovered", bootstrap_member=before, confirm=before, wait_timeout=1500)
        later.join()
    assert found["bootstrapped_from"] == before
    assert "forceClusterBootstrapInPod" not in shop.get("mariadbs.k8s.mariadb.com", "shop")["spec"]["galera"]["recovery"]
    assert all_there(shop)
    assert writer.lost() == set()


def test_a_dump_under_writing_is_proven_and_restored(shop: MariaDBs) -> None:
    with MariaDBWriter(shop, another_host(shop, shop.primary())) as writer:
        before = ids(shop)
        taken = shop.backup(backup="now", spec={"storage": {"s3": shop.s3(prefix="dev/now")}})
    assert taken["finished_at"]
    assert [file.suffixes[-2:] for file in (shop.bucket / "dev/now").iterdir() if file.name.startswith("backup.")] == [[".gzip", ".sql"]]
    proof = shop.cluster(state="verified", backup="now", checks=ROWS)
    assert (proof["checks"], proof["restore_seconds"] > 0) == (1, True)
    assert shop.kubectl("-n", NAMESPACE, "get", "mariadbs,pvc", "-l", "app.kubernetes.io/instance=shop-trial", "-o", "name") == ""
    with pytest.raises(Failed, match="a restore goes into a new one"):
        shop.cluster(state="restored", backup="now", spec=shop.spec())
    alone = {key: value for key, value in shop.spec(replicas=1).items() if key not in ("galera", "affinity")}
    assert shop.cluster("shop2", state="restored", backup="now", spec=alone)["changed"]
    there, now = ids(shop, "shop2"), ids(shop)
    assert before <= there <= now
    assert there == {number for number in now if number <= max(there)}, "one moment: no row is missing before the last one"
    assert writer.lost() == set()
    assert not shop.cluster("shop2", state="restored", backup="now", spec=alone)["changed"]
    shop.cluster("shop2", state="absent", confirm=f"{NAMESPACE}/shop2", proven_within=0)


def test_a_damaged_dump_is_caught_although_its_backup_is_complete(shop: MariaDBs) -> None:
    shop.backup(backup="damaged", spec={"storage": {"s3": shop.s3(prefix="dev/damaged")}})
    file = next(file for file in (shop.bucket / "dev/damaged").iterdir() if file.name.startswith("backup."))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(Failed, match="Restore shop-trial-restore"):
        shop.cluster(state="verified", backup="damaged", checks=ROWS)
    assert shop.kubectl("-n", NAMESPACE, "get", "mariadbs", "shop-trial", "--ignore-not-found", "-o", "name") == ""


@pytest.mark.parametrize(("change", "words"), [({"bucket": "no-such-bucket"}, "does not exist"), ({"endpoint": "nas10.eneg.de:9999"}, "does not answer")])
def test_a_dump_that_fails_says_why(shop: MariaDBs, change: dict[str, str], words: str) -> None:
    with pytest.raises(Failed, match=words):
        shop.backup(backup=f"fails-{len(words)}", spec={"storage": {"s3": shop.s3(**change)}, "backoffLimit": 1})


def test_three_members_become_five_and_three_again(shop: MariaDBs) -> None:
    """On three hosts two of five have no place; going back keeps everything."""
    with pytest.raises(Failed, match=r"not ready|have pods|made anew"):
        shop.cluster(state="scaled", members=5, wait_timeout=120)
    with MariaDBWriter(shop, another_host(shop, shop.primary())) as writer:
        shop.cluster(state="scaled", members=3)
    assert all_there(shop)
    assert writer.lost() == set()
