# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole environment is lost and comes back from S3, the escrow bundle and Git alone: new hosts, etcd, keys, databases, Argo CD, in this order.

Its machines are deleted with their disks, and the management machine has nothing left but the matrix and its age key. The recovery is killed twice on
the way. Volumes: Longhorn does not run in a twin, so what it would bring back is played: the folder of an application's volume.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import typing as t

import pytest

from tests.support.databases import FIRST, NAMESPACE
from tests.support.gitops import Tree, applications, give_volume, issuing_root, kubectl
from tests.support.lost_site import BUCKETS, SHOP, WIKI, Site, give_images
from tests.support.twin import raised
from tests.support.virtual_address import SERVERS

pytestmark = pytest.mark.long
HOST, INGRESS = "vaultwarden-dev.eneg.de", "192.168.180.100"
TOKEN = "planted-word-of-the-lost-site"
RECOVER = ("recover_environment", "-e", "confirm=dev")
#: Whoever syncs.
CONTROLLER = "--namespace argocd get statefulset argocd-application-controller --output jsonpath={.spec.replicas}"
#: In Git, but not in the snapshot: it was pushed after the last backup.
CHANGE = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "vaultwarden-config", "namespace": "vaultwarden"}, "data": {"CHANGED": "in-git"}}


class Before(t.NamedTuple):
    """What there was when the site was lost."""

    rows: tuple[str, str]
    sources: dict[str, int]
    secret: dict[str, str]
    head: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Site]:
    """Run from Git, with databases that have rows."""
    folder = tmp_path_factory.mktemp("management")
    with raised("test-lost-site", "inventories/dev", "--gitops") as twin:
        give_images(twin)
        done = twin.playbook("site.yml", "--skip-tags", "hand_over,verify", timeout=1800)
        assert done.status == 0, done.tail
        give_volume(twin, tuple(SERVERS))
        site = Site(twin, Tree(twin, folder / "clusters"), issuing_root(twin, folder), folder)
        site.tree.start()
        site.tree.render()
        site.tree.keep_secret("dev", TOKEN)
        site.tree.render()
        site.tree.push("First tree")
        done = site.play("hand_over")
        assert done.status == 0, f"{done.tail}\n{applications(twin, FIRST)}"
        site.make()
        yield site


@pytest.fixture(scope="module")
def before(site: Site) -> Before:
    """Backed up, changed once more in Git, and lost."""
    site.postgres.archived()
    site.mariadb.backup(WIKI, backup=WIKI, spec={"storage": {"s3": site.mariadb.s3(prefix=f"dev/{WIKI}")}})
    done = site.play("backup", environment=site.tree.environment)
    assert done.status == 0, done.tail
    saved = site.tree.git("rev-parse", "HEAD").output.strip()
    (bundle,) = (site.twin.paths.object_store / "buckets" / BUCKETS["git"] / "dev/git").glob("*.bundle")
    heads = subprocess.run(["git", "bundle", "list-heads", str(bundle)], check=True, capture_output=True, text=True).stdout
    assert f"{saved} refs/heads/main" in heads, "the Git server may be lost, too"
    rows, secret = site.rows(), site.postgres.get("secret", "vaultwarden-credentials", "vaultwarden")["data"]
    patch = site.tree.folder / "kubernetes/environments/dev/vaultwarden/patches/config.yaml"
    patch.parent.mkdir(parents=True, exist_ok=True)
    patch.write_text(json.dumps(CHANGE), encoding="utf-8")
    site.tree.render()
    head = site.tree.push("What no snapshot has")
    site.power_cut()
    sources = site.sources()
    names = ",".join(SERVERS)
    done = site.play("delete_vms", "-e", f"machines={names}", "-e", f"confirm={names}")
    assert done.status == 0, done.tail
    site.postgres.until("nothing to be left of their disks", lambda: site.twin.hosts() == [])
    shutil.rmtree(site.copies)
    (site.twin.paths.root / "kubeconfig").unlink()
    return Before(rows, sources, secret, head)


def test_everything_wrong_is_said_before_anything_is_touched(site: Site, before: Before) -> None:
    assert before.sources
    done = site.play("recover_environment", "-e", f"bundle={site.folder}/none.escrow.age", "--limit", FIRST)
    assert done.status != 0
    for words in ("3 problem(s), nothing was touched", "without --limit", "none.escrow.age", "-e confirm=dev"):
        assert words in done.said, done.tail
    assert site.twin.hosts() == []
    assert not (site.copies / "recovery-began").exists()


def test_a_check_creates_nothing(site: Site, before: Before) -> None:
    assert before.sources
    done = site.play("recover_environment", "--check")
    assert done.status == 0, done.tail
    assert re.search(r"dev would come back from \S+\.escrow\.age", done.said), done.tail
    assert site.twin.hosts() == []
    assert not (site.copies / "recovery-began").exists()


def test_killed_while_etcd_comes_back(site: Site, before: Before) -> None:
    """The name of a task is printed with its first result: the first server has been started, nobody has joined it."""
    assert before.sources
    killed = site.play(*RECOVER, kill_at=r"TASK \[.*Start it\]", kill_after=5)
    assert killed.status < 0, killed.tail
    assert site.twin.hosts() == list(SERVERS)


def test_killed_while_postgresql_comes_back(site: Site, before: Before) -> None:
    assert before.sources
    killed = site.play(*RECOVER, kill_at=r"TASK \[Wait until its pods and claims are gone\]", kill_after=25)
    assert killed.status < 0, killed.tail
    order = [killed.output.index(words) for words in ("TASK [Hold it, or let it go on]", "PLAY [The others join", "TASK [Remove PostgreSQL]")]
    assert order == sorted(order), "Argo CD is held before there are hosts on which it could start anything"
    assert kubectl(site.twin, FIRST, CONTROLLER).output == "0"


def test_the_next_run_goes_on_behind_etcd_and_brings_everything_back(site: Site, before: Before) -> None:
    # What Longhorn would do.
    for host in SERVERS:
        assert site.twin.on(host, "install -d -m 777 /var/lib/kubelet/twin-vaultwarden").status == 0
    done = site.play(*RECOVER)
    assert done.status == 0, f"{done.tail}\n{applications(site.twin, FIRST)}"
    assert "Put their data aside" not in done.output, "etcd was back"
    order = [done.output.index(f"TASK [{task}]") for task in ("Restore it from its archive", "Restore it from its newest dump", "Let Argo CD go on")]
    assert order == sorted(order)
    assert TOKEN not in done.output
    assert site.rows() == before.rows
    assert site.sources() == before.sources, "a restore never touches its source"
    server = site.postgres.get("clusters.postgresql.cnpg.io", SHOP)["spec"]["plugins"][0]["parameters"]["serverName"]
    assert re.fullmatch(rf"{SHOP}-r[0-9]{{12}}", server)
    assert f'"{SHOP}": "{server}"' in done.said.replace('\\"', '"')


def test_the_report_holds_each_part_against_its_targets(site: Site, before: Before) -> None:
    assert before.sources
    (report,) = (json.loads(path.read_text(encoding="utf-8")) for path in site.copies.glob("recovery-*.json"))
    assert [(part["kind"], part["problems"]) for part in report["parts"]] == [("etcd", []), ("postgres", []), ("mariadb", []), ("applications", [])]
    assert all(0 < part["rto_seconds"] <= report["rto_seconds"] and part["rpo_seconds"] is not None for part in report["parts"])
    assert report["lost_volumes"] == []
    assert not list(site.copies.glob("recovery-b*")), "the next recovery has a clock and a bundle of its own"


def test_argo_cd_has_everything_as_git_has_it(site: Site, before: Before) -> None:
    """Also what was pushed after the snapshot."""
    found = applications(site.twin, FIRST)
    assert {name: state[:2] for name, state in found.items()} == dict.fromkeys(found, ("Synced", "Healthy"))
    assert found["platform"][2] == before.head
    assert kubectl(site.twin, FIRST, "--namespace vaultwarden get configmap vaultwarden-config --output jsonpath={.data.CHANGED}").output == "in-git"
    assert kubectl(site.twin, FIRST, CONTROLLER).output == "1"


def test_the_keys_open_what_they_opened(site: Site, before: Before) -> None:
    """In etcd, and in Git: the Secret comes again out of the tree, and the application has it."""

    def secret() -> dict[str, str]:
        data: dict[str, str] = site.postgres.get("secret", "vaultwarden-credentials", "vaultwarden")["data"]
        return data

    assert secret() == before.secret
    site.postgres.kubectl("--namespace", "vaultwarden", "delete", "secret", "vaultwarden-credentials")
    site.postgres.until("the Secret out of the tree", lambda: secret() == before.secret)
    answer = site.twin.shell("curl", "--silent", "--show-error", "--cacert", str(site.root), "--resolve", f"{HOST}:443:{INGRESS}", f"https://{HOST}/")
    assert "has a token" in answer.output, answer.output


def test_the_whole_site_is_well(site: Site, before: Before) -> None:
    """Components, certificates, and a pod on each node; and nobody holds the lock."""
    assert before.sources
    done = site.play("verify")
    assert done.status == 0, done.tail
    assert site.postgres.kubectl("-n", NAMESPACE, "get", "restores.k8s.mariadb.com", "-o", "name") == ""
