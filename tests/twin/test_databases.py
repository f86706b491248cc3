# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real databases: created, changed, broken, restored, with a client that writes meanwhile. No acknowledged row is ever lost."""

from __future__ import annotations

import base64
import json
import time
import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import parameters

from tests.support.database_clients import Writer, volumes_that_grow
from tests.support.databases import NAMESPACE, STORE, Databases, Failed, Object, databases, store_options
from tests.support.virtual_address import SERVERS

pytestmark = pytest.mark.long
#: Seconds without an acknowledged write, as users are promised.
WHEN_THE_PRIMARY_DIES = 30
WHEN_ITS_HOST_DIES = 120
LAST_PHASE = "jsonpath={.items[-1:].status.phase}"
SPACE = "/var/lib/rancher/filler"


@pytest.fixture(scope="module")
def site() -> t.Iterator[Databases]:
    """A twin of dev with its cluster, the operator, the plugin and an S3 account; nothing of PostgreSQL yet."""
    with databases("test-databases") as found:
        yield found


@pytest.fixture(scope="module")
def shop(site: Databases) -> Databases:
    """With a cluster of three that has two tables and a backup. Tests go on with it as those before have left it; a part of them may fail alone."""
    site.cluster(spec=site.spec())
    site.sql("CREATE TABLE IF NOT EXISTS orders AS SELECT generate_series(1, 1000) AS id; GRANT SELECT ON orders TO app")
    site.sql("CREATE TABLE IF NOT EXISTS written (id bigint PRIMARY KEY); GRANT ALL ON written TO app")
    site.cluster(state="backed_up")
    return site


def _away_from_the_primary(site: Databases) -> str:
    """A host that may live on while the primary's is lost."""
    return next(name for name in SERVERS if name != site.node_of(site.primary()))


def test_a_check_that_the_backup_does_not_meet(shop: Databases) -> None:
    """Nothing of the trial remains."""
    with pytest.raises(Failed, match="expected at least 1000000"):
        shop.cluster(state="verified", checks=[{"database": "app", "sql": "SELECT count(*) FROM orders", "minimum": 1_000_000}])
    assert shop.kubectl("get", "namespace", "-l", "groundwork.platform/scratch", "-o", "name") == ""


def test_a_schedule_takes_its_first_backup_at_once(shop: Databases) -> None:
    """By the plugin, and the second run changes nothing."""
    nightly = {"name": "shop-nightly", "cluster": "shop"}
    assert shop.do("cnpg_backup", **nightly, schedule="0 0 2 * * *")["changed"]
    assert not shop.do("cnpg_backup", **nightly, schedule="0 0 2 * * *")["changed"]
    mine = ("-n", NAMESPACE, "get", "backups.postgresql.cnpg.io", "-l", "cnpg.io/scheduled-backup=shop-nightly", "-o", LAST_PHASE)
    shop.until("the backup to be complete", lambda: shop.kubectl(*mine) == "completed")
    assert shop.do("cnpg_backup", **nightly, state="absent", confirm=f"{NAMESPACE}/shop-nightly")["changed"]


def test_roles_and_databases(shop: Databases) -> None:
    """As an application gets them; the second run changes nothing, and what is removed leaves its data."""
    secret = {"username": "books", "password": "b00ks-in-the-twin"}
    metadata = {"name": "books-credentials", "namespace": NAMESPACE}
    shop.apply({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth", "metadata": metadata, "stringData": secret})
    for module, options in (
        ("cnpg_role", {"name": "books", "cluster": "shop", "password_secret": "books-credentials"}),
        ("cnpg_database", {"name": "books", "cluster": "shop", "owner": "books"}),
    ):
        assert shop.do(module, **options)["changed"]
        assert not shop.do(module, **options)["changed"]
    assert shop.sql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $$books$$") == "books"
    assert shop.do("cnpg_database", name="books", cluster="shop", state="absent")["changed"]
    assert shop.sql("SELECT count(*) FROM pg_database WHERE datname = $$books$$") == "1"
    with pytest.raises(Failed, match="nobody"):
        shop.do("cnpg_database", name="orphan", cluster="shop", owner="nobody", wait_timeout=120)
    shop.kubectl("-n", NAMESPACE, "delete", "database", "orphan")


def test_the_primarys_pod_is_killed(shop: Databases) -> None:
    """Another instance takes over."""
    before = shop.primary()
    with Writer(shop, _away_from_the_primary(shop)) as writer:
        shop.kubectl("-n", NAMESPACE, "delete", "pod", before, "--force", "--grace-period=0")
        shop.until("another primary", lambda: shop.primary() != before)
        shop.until("the cluster to be healthy", lambda: _is_whole(shop))
    assert writer.lost() == set()
    assert writer.longest_gap() <= WHEN_THE_PRIMARY_DIES


def _is_whole(site: Databases) -> bool:
    (found,) = site.do("cnpg_info", name="shop")["clusters"]
    return bool(found["healthy"]) and found["ready_instances"] == 3


def test_a_switchover(shop: Databases) -> None:
    """Nothing is lost, and asking again for the same primary does nothing."""
    target = next(name for name in ("shop-1", "shop-2", "shop-3") if name != shop.primary())
    with Writer(shop, _away_from_the_primary(shop)) as writer:
        assert shop.cluster(state="switched_over", primary=target)["changed"]
    assert shop.primary() == target
    assert writer.lost() == set()
    assert not shop.cluster(state="switched_over", primary=target)["changed"]


def test_parameters_that_are_reloaded_and_parameters_that_restart(shop: Databases) -> None:
    """As they were classified."""
    started = shop.sql("SELECT pg_postmaster_start_time()")
    before = shop.spec()["postgresql"]["parameters"]
    reloaded = shop.spec(postgresql={**shop.spec()["postgresql"], "parameters": {**before, "work_mem": "8MB"}})
    assert shop.cluster(spec=reloaded)["effect"] == "reload"
    shop.until("the new value", lambda: shop.sql("SHOW work_mem") == "8MB", 60)
    assert shop.sql("SELECT pg_postmaster_start_time()") == started
    restarted = {**reloaded, "postgresql": {**reloaded["postgresql"], "parameters": {**before, "work_mem": "8MB", "max_connections": "60"}}}
    with Writer(shop, _away_from_the_primary(shop)) as writer:
        assert shop.cluster(spec=restarted)["effect"] == "switchover"
        shop.until("the new value", lambda: shop.sql("SHOW max_connections") == "60", 120)
    assert writer.lost() == set()
    assert shop.cluster(spec=shop.spec())["changed"]


def test_the_table_of_parameters_is_postgresqls(shop: Databases) -> None:
    """Every parameter that needs a restart is known as one, or is the operator's own."""
    names = set(shop.sql("SELECT name FROM pg_settings WHERE context = $$postmaster$$").split())
    assert names - parameters.RESTART - parameters.OPERATORS == set()


def test_storage_grows_and_never_shrinks(shop: Databases) -> None:
    """While it is used."""
    bigger = shop.spec(storage={"size": "2Gi", "storageClass": "local-path"})
    with pytest.raises(Failed, match="cannot enlarge volumes"):
        shop.cluster(spec=bigger)
    with volumes_that_grow(shop):
        done = shop.cluster(spec=bigger)
    assert done["effect"] == "online"
    with pytest.raises(Failed, match="volumes do not shrink"):
        shop.cluster(spec=shop.spec())


def _grown(site: Databases, **changes: t.Any) -> Object:
    return site.spec(storage={"size": "2Gi", "storageClass": "local-path"}, **changes)


def test_three_two_three(shop: Databases) -> None:
    """Two instances with a required replica are refused; with a preferred one a volume goes, once somebody says so."""
    with pytest.raises(Failed, match="would block every write"):
        shop.cluster(state="scaled", instances=2, confirm_pvc_delete=True)
    preferred = {**shop.spec()["postgresql"], "synchronous": {"method": "any", "number": 1, "dataDurability": "preferred"}}
    shop.cluster(spec=_grown(shop, postgresql=preferred))
    with pytest.raises(Failed, match="confirm_pvc_delete"):
        shop.cluster(state="scaled", instances=2)
    rows = shop.sql("SELECT count(*) FROM written")
    assert shop.cluster(state="scaled", instances=2, confirm_pvc_delete=True)["cluster"]["ready_instances"] == 2
    assert shop.cluster(state="scaled", instances=3)["cluster"]["ready_instances"] == 3
    assert shop.sql("SELECT count(*) FROM written") == rows
    shop.cluster(spec=_grown(shop))


def test_a_pooler(shop: Databases) -> None:
    """A real PgBouncer: it leads to the primary as the application's role, is paused and goes on, and the second run changes nothing."""
    template = {"spec": {"containers": [{"name": "pgbouncer", "image": shop.pooler_image}]}}
    pooler = {"name": "shop-pooler", "cluster": "shop", "mode": "transaction", "parameters": {"max_client_conn": 100}, "wait_timeout": 300}
    assert shop.do("cnpg_pooler", **pooler, spec={"template": template})["changed"]
    assert not shop.do("cnpg_pooler", **pooler, spec={"template": template})["changed"]
    shop.until("the first answer", lambda: _is_through(shop), 120)
    pods = ("-n", NAMESPACE, "get", "pod", "-l", "cnpg.io/poolerName=shop-pooler", "-o", "jsonpath={.items[*].status.podIP}")
    user, where, is_replica = _through(shop, "SELECT current_user, host(inet_client_addr()), pg_is_in_recovery()").split("|")
    assert (user, is_replica) == ("app", "f")
    assert where in shop.kubectl(*pods).split()
    paused = {"template": template, "pgbouncer": {"paused": True}}
    assert shop.do("cnpg_pooler", **pooler, spec=paused)["changed"]
    shop.until("nobody to get through", lambda: not _is_through(shop), 120)
    assert shop.do("cnpg_pooler", **pooler, spec={"template": template})["changed"]
    shop.until("everybody to get through", lambda: _is_through(shop), 120)
    assert shop.do("cnpg_pooler", **pooler, state="absent")["changed"]
    assert not shop.do("cnpg_pooler", **pooler, state="absent")["changed"]
    shop.until("its pods to be gone", lambda: shop.kubectl(*pods) == "", 120)


def _through(site: Databases, statement: str) -> str:
    """The answer by way of the pooler, within seconds; the password goes by standard input."""
    password = base64.b64decode(site.get("secret", "shop-app")["data"]["password"]).decode()
    ask = "read -r PGPASSWORD; export PGPASSWORD; exec timeout 10 psql -X -A -t -q -h shop-pooler -U app -d app"
    where = ("-n", NAMESPACE, "exec", "-i", site.primary(), "-c", "postgres", "--", "sh", "-c", ask)
    return site.kubectl(*where, text=f"{password}\n{statement}\n")


def _is_through(site: Databases) -> bool:
    try:
        return _through(site, "SELECT 1") == "1"
    except AssertionError:
        return False


def test_an_update_that_a_person_completes(shop: Databases) -> None:
    """Supervised: present stops at the primary and says so; upgraded goes on and hands it over."""
    shop.cluster(spec=_grown(shop, primaryUpdateStrategy="supervised"))
    with Writer(shop, _away_from_the_primary(shop)) as writer:
        waiting = shop.cluster(spec=_grown(shop, primaryUpdateStrategy="supervised", imageName=shop.other_image))
        assert "switched_over" in waiting["waiting_for"]
        shop.cluster(state="upgraded", image=shop.other_image)
    images = shop.kubectl("-n", NAMESPACE, "get", "pod", "-l", "cnpg.io/podRole=instance", "-o", "jsonpath={.items[*].spec.containers[0].image}")
    assert set(images.split()) == {shop.other_image}
    assert writer.lost() == set()
    with pytest.raises(Failed, match="restore into a new cluster"):
        shop.cluster(state="upgraded", image="registry.twin/postgresql:16.10-debian")


def test_asleep_and_awake(shop: Databases) -> None:
    """Volumes stay."""
    rows = shop.sql("SELECT count(*) FROM written")
    shop.cluster(state="hibernated")
    assert shop.kubectl("-n", NAMESPACE, "get", "pod", "-l", "cnpg.io/podRole=instance", "-o", "name") == ""
    shop.cluster(state="running")
    assert shop.sql("SELECT count(*) FROM written") == rows


def test_between_two_transactions_and_a_single_table(shop: Databases) -> None:
    """The first is there, the second is not; a table that was dropped comes back from the restored cluster into the one that runs."""
    shop.sql("CREATE TABLE ledger (id int, what text); INSERT INTO ledger VALUES (1, $$before$$)")
    shop.cluster(state="backed_up")
    time.sleep(2)
    shop.sql("INSERT INTO ledger VALUES (2, $$wanted$$)")
    time.sleep(2)
    point = shop.sql("SELECT to_char(now() AT TIME ZONE $$UTC$$, $$YYYY-MM-DD$$) || $$T$$ || to_char(now() AT TIME ZONE $$UTC$$, $$HH24:MI:SS.US$$) || $$Z$$")
    time.sleep(2)
    shop.sql("INSERT INTO ledger VALUES (3, $$accident$$); DROP TABLE orders")
    shop.sql("SELECT pg_switch_wal()", database="postgres")
    source = {"object_store": STORE, "source_server": "shop", "target_time": point}
    one = shop.spec(instances=1, postgresql={})
    with pytest.raises(Failed, match="in the future"):
        shop.cluster(name="again", state="restored", spec=one, **{**source, "target_time": "2999-01-01T00:00:00Z"})
    shop.until("the last segment in the archive", lambda: _archived(shop), 120)
    assert shop.cluster(name="again", state="restored", spec=one, **source)["changed"]
    assert shop.sql("SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM ledger", cluster="again") == "1,2"
    assert not shop.cluster(name="again", state="restored", spec=one, **source)["changed"]
    dumped = shop.kubectl("-n", NAMESPACE, "exec", shop.primary("again"), "-c", "postgres", "--", "pg_dump", "-t", "orders", "app")
    shop.sql(dumped)
    assert shop.sql("SELECT count(*) FROM orders") == "1000"
    assert shop.sql("SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM ledger") == "1,2,3"


def _archived(site: Databases) -> bool:
    pending = site.sql("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE $$%.ready$$", database="postgres")
    return pending == "0"


def test_two_clusters_cannot_write_to_one_server_name(shop: Databases) -> None:
    """The module sees it coming; somebody who goes around it is stopped by the archive, and the operator's words lead to the remedy."""
    plugin = {**shop.spec()["plugins"][0], "parameters": {"barmanObjectName": STORE, "serverName": "shop"}}
    spec = shop.spec(instances=1, postgresql={}, plugins=[plugin])
    with pytest.raises(Failed, match="cluster shop writes to server name shop"):
        shop.cluster(name="thief", spec=spec)
    metadata = {"name": "thief", "namespace": NAMESPACE}
    shop.apply({"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": metadata, "spec": spec})
    shop.until("the refusal", lambda: any("serverName of its own" in text for text in shop.do("cnpg_info", name="thief")["unprotected"]), 300)
    shop.cluster(name="thief", state="absent", confirm=f"{NAMESPACE}/thief", proven_within=0)


def test_a_fence(shop: Databases) -> None:
    """PostgreSQL stops in one replica, and writes go on."""
    replica = next(
        name for name in json.loads(shop.kubectl("-n", NAMESPACE, "get", "cluster", "shop", "-o", "jsonpath={.status.instanceNames}")) if name != shop.primary()
    )
    with pytest.raises(Failed, match="allow_primary"):
        shop.cluster(state="fenced", members=[shop.primary()])
    with pytest.raises(Failed, match=f"write confirm: {NAMESPACE}/shop"):
        shop.cluster(state="fenced", members=["*"], allow_primary=True)
    with Writer(shop, _away_from_the_primary(shop)) as writer:
        assert shop.cluster(state="fenced", members=[replica])["changed"]
        with pytest.raises(AssertionError, match="connection to server"):
            shop.sql("SELECT 1", pod=replica)
        assert shop.cluster(state="unfenced", members=[replica])["changed"]
    assert writer.longest_gap() <= WHEN_THE_PRIMARY_DIES
    assert writer.lost() == set()


def test_backups_that_fail(shop: Databases) -> None:
    """A wrong account is told apart and is not taken for a backup. A missing bucket Barman would make, as this account may do that."""
    shop.wrong_account()
    shop.do("cnpg_objectstore", name="account", **store_options("wrong", credentials="s3-wrong"))
    plugin = {**shop.spec()["plugins"][0], "parameters": {"barmanObjectName": "account"}}
    shop.cluster(name="account", spec=shop.spec(instances=1, postgresql={}, plugins=[plugin]))
    with pytest.raises(Failed, match="the account is wrong"):
        shop.cluster(name="account", state="backed_up", wait_timeout=300)
    shop.cluster(name="account", state="absent", confirm=f"{NAMESPACE}/account", proven_within=0)


def test_s3_goes_away_and_comes_back(shop: Databases) -> None:
    """Writes go on, the archive is reported as failing, and it catches up by itself."""
    with Writer(shop, _away_from_the_primary(shop)) as writer:
        shop.twin.lab("kill", "s3")
        shop.sql("SELECT pg_switch_wal()", database="postgres")
        shop.until("the failure to be seen", lambda: any("does not archive" in text for text in shop.do("cnpg_info", name="shop")["unprotected"]))
        shop.twin.lab("start", "s3")
        shop.until("the archive to catch up", lambda: shop.do("cnpg_info", name="shop")["clusters"][0]["archiving"])
    assert writer.lost() == set()
    shop.cluster(state="backed_up")


def test_a_backup_that_is_complete_and_cannot_be_restored(shop: Databases) -> None:
    """Every byte of its archive is there but one: verified notices."""
    shop.cluster(state="backed_up")
    newest = max((shop.bucket / "dev" / "shop" / "base").iterdir(), key=lambda path: path.stat().st_mtime)
    archive = next(newest.glob("data.tar*"))
    content = bytearray(archive.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = bytes(4096)
    archive.write_bytes(content)
    last = shop.kubectl("-n", NAMESPACE, "get", "backups.postgresql.cnpg.io", "--sort-by=.metadata.creationTimestamp", "-o", LAST_PHASE)
    assert last == "completed"
    with pytest.raises(Failed, match=r"full-recovery has failed|pg_amcheck"):
        shop.cluster(state="verified")
    assert shop.kubectl("get", "namespace", "-l", "groundwork.platform/scratch", "-o", "name") == ""
    shop.cluster(state="backed_up")
    shop.cluster(state="verified")


def test_a_volume_that_is_full(shop: Databases) -> None:
    """The operator's phase ends the wait at once with what helps; with space again the cluster comes back."""
    shop.cluster(name="small", spec=shop.spec(instances=1, postgresql={}, plugins=[], walStorage={"size": "1Gi", "storageClass": "local-path"}))
    pod = shop.primary("small")
    node = shop.node_of(pod)
    limited = "mount -t tmpfs -o size=200m tmpfs"
    folder = shop.twin.on(node, "ls -d /opt/local-path-provisioner/*_small-1-wal").output
    with pytest.raises(Failed, match="no base backup"):
        shop.cluster(name="small", state="hibernated")
    shop.cluster(name="small", state="hibernated", confirm=f"{NAMESPACE}/small")
    assert shop.twin.on(node, f"cp -a {folder} {SPACE} && {limited} {folder} && cp -a {SPACE}/. {folder}/ && chmod 777 {folder}").status == 0
    shop.cluster(name="small", state="running")
    assert shop.twin.on(node, f"fallocate -l $(($(df --output=avail -B1 {folder} | tail -n 1) - 9000000)) {folder}/filler").status == 0
    shop.kubectl("-n", NAMESPACE, "delete", "pod", pod)
    shop.twin.on(node, f"dd if=/dev/zero of={folder}/filler2 bs=1M")
    with pytest.raises(Failed, match="Not enough disk space"):
        shop.cluster(name="small", state="restarted")
    shop.twin.on(node, f"rm -f {folder}/filler {folder}/filler2")
    shop.until("the cluster to come back", lambda: bool(shop.do("cnpg_info", name="small")["clusters"][0]["healthy"]))
    assert shop.sql("SELECT 1", cluster="small") == "1"


def test_the_primarys_host_is_killed(shop: Databases) -> None:
    """Last, because its instance comes back with the host only."""
    victim = shop.node_of(shop.primary())
    with Writer(shop, _away_from_the_primary(shop)) as writer:
        shop.twin.lab("kill", victim)
        shop.until("another primary", lambda: shop.node_of(shop.primary()) != victim, WHEN_ITS_HOST_DIES + 60)
    assert writer.longest_gap() <= WHEN_ITS_HOST_DIES
    assert writer.lost() == set()
    shop.twin.lab("start", victim)
    shop.until("three instances again", lambda: shop.do("cnpg_info", name="shop")["clusters"][0]["ready_instances"] == 3, 600)
