# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, proven by restoring them: scheduled, on demand, from every source, in place, onto emptied hosts, by drill; and what goes wrong with them."""

from __future__ import annotations

import json
import lzma
import re
import time
import typing as t
from pathlib import Path

import pytest

from tests.support.interruptions import Points, killed
from tests.support.twin import CHECKOUT, Twin, raised
from tests.support.virtual_address import SERVERS

pytestmark = pytest.mark.long
FIRST, PEER, LAST = SERVERS
DRILL = "k8s-drill-30"
SNAPSHOTS = "/var/lib/rancher/k3s/server/db/snapshots"
SCRATCH = f"  {DRILL}: {{role: scratch, number: 30, network: dev, size: management, host: HOST3, folder: Kubernetes/dev}}\n"

#: Tasks of drill.yml in the order in which it meets them: before anything is there, while K3s comes, while the plain snapshot lies on the management
#: machine and on the scratch machine, while etcd is made of it, while K3s starts, and while everything goes again.
DRILL_POINTS: Points = [
    ("Mark them", 0.5),
    ("Write K3s's configuration", 0.5),
    ("Open the snapshot", 0.5),
    ("Bring the snapshot here", 0.5),
    ("Reset the cluster to the snapshot", 1),
    ("Reset the cluster to the snapshot", 3),
    ("Wait until this server votes", 2),
    ("Read what was planted", 0.1),
    ("Write the report", 0.1),
    ("Write the report", 1),
]


class Recovery(t.NamedTuple):
    """A twin of dev with a machine for drills, and the folder that backups are brought to."""

    twin: Twin
    inventory: str
    copies: Path

    def play(self, name: str, *arguments: str, **options: t.Any) -> t.Any:
        return self.twin.playbook(name, "-e", f"k3s_snapshot_dir={self.copies}", *arguments, inventory=self.inventory, **options)

    def bundles(self) -> list[Path]:
        return sorted(self.copies.glob("*.escrow.age"), key=lambda path: path.stat().st_mtime)

    def scheduled(self, node: str) -> list[int]:
        """When the scheduled snapshots on a server were saved, in seconds since the epoch."""
        return sorted(int(name.rpartition("-")[2]) for name in self.twin.on(node, f"ls {SNAPSHOTS}").output.split() if name.startswith("etcd-snapshot-"))

    def in_s3(self) -> list[str]:
        return sorted(path.name for path in (self.twin.paths.object_store / "buckets/etcd-snapshots/dev").glob("*-[0-9]*"))

    def planted(self) -> str:
        return str(self.twin.on(LAST, "k3s kubectl -n groundwork-backup get configmap planted -o jsonpath={.data.at}").output)

    def members(self) -> list[str]:
        rows = json.loads(self.twin.on(FIRST, "curl -sk https://127.0.0.1:6443/db/info").output)["members"]
        return sorted(row["name"].rpartition("-")[0] for row in rows)

    def proof(self) -> str:
        """Which mark of the row the environment's own cluster has; empty without one."""
        return str(self.twin.on(FIRST, "k3s kubectl -n groundwork-backup get configmap proof-etcd --ignore-not-found -o jsonpath={.metadata.uid}").output)

    def forget(self) -> None:
        """Lose what was planted, as a mistake would."""
        self.twin.on(FIRST, "k3s kubectl -n groundwork-backup delete configmap planted")


def with_scratch(folder: Path) -> str:
    """The inventory of dev in a folder, with a machine for drills in its matrix."""
    text = (CHECKOUT / "inventories/matrix.yml").read_text(encoding="utf-8")
    for before, after in (("  drill: null\n", f"  drill: [{DRILL}]\n"), ("\nmachines:\n", f"\nmachines:\n{SCRATCH}")):
        assert before in text
        text = text.replace(before, after)
    (folder / "matrix.yml").write_text(text, encoding="utf-8")
    for name in ("versions.lock.yml", "dev/environment_matrix.yml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes((CHECKOUT / "inventories" / name).read_bytes())
    return str(folder / "dev")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Recovery]:
    """Snapshots every minute, so that the schedule and the retention show; the matrix itself says every twelve hours."""
    folder = tmp_path_factory.mktemp("site")
    with raised("test-recovery", with_scratch(folder)) as twin:
        found = Recovery(twin, str(folder / "dev"), folder / "copies")
        often = json.dumps({"k3s_snapshot_schedule": "* * * * *", "k3s_snapshot_retention": 2})
        done = found.play("site.yml", "--extra-vars", often)
        assert done.status == 0, done.tail
        yield found


def test_scheduled_snapshots_on_the_servers_and_in_s3(site: Recovery) -> None:
    """Two remain on each server, and two of all servers together in S3."""
    for node in SERVERS:
        deadline = time.monotonic() + 300
        oldest: list[int] = []
        while len(oldest) < 2:  # the first snapshot that is seen has gone, so the retention has been applied
            assert time.monotonic() < deadline, site.scheduled(node)
            oldest = sorted({*oldest, *site.scheduled(node)[:1]})
            time.sleep(5)
        assert len(site.scheduled(node)) == 2
    assert len(site.in_s3()) == 2
    assert all(name.startswith("etcd-snapshot-k8s-dev-2") for name in site.in_s3())


def test_a_changed_schedule_is_taken_over_server_by_server(site: Recovery) -> None:
    done = site.play("site.yml", "--tags", "k3s", "--diff")
    assert done.status == 0, done.tail
    assert "etcd-snapshot-schedule-cron: 0 */12 * * *" in done.output
    assert site.twin.on(FIRST, "stat -c %a /etc/rancher/k3s/config.yaml.d/20-s3.yaml").output == "600"
    again = site.play("site.yml", "--tags", "k3s")
    assert {node: again.recap(node)["changed"] for node in SERVERS} == dict.fromkeys(SERVERS, 0)


def test_backup(site: Recovery) -> None:
    """One file comes here, which nobody else can read; the same snapshot is in S3; all are listed."""
    site.twin.on(PEER, "k3s etcd-snapshot save --name local --etcd-s3=false")
    done = site.play("playbooks/backup.yml")
    assert done.status == 0, done.tail
    (bundle,) = site.copies.iterdir()
    assert bundle.stat().st_mode & 0o777 == 0o600
    name = bundle.name.removesuffix(".escrow.age")
    assert name in site.in_s3()
    listed = done.said
    assert all(f"{where}: {name}" in listed for where in ("controller", FIRST, "s3")), done.tail
    assert re.search(r"SHA-256 [0-9a-f]{64}", listed)


def test_restore_refuses_what_cannot_end_well(site: Recovery, tmp_path: Path) -> None:
    """A truncated file, another cluster's, one that S3 does not have, and no confirmation: told apart, and K3s never stops."""
    other = tmp_path / "on-demand-node-1-1795250000"
    other.write_bytes(lzma.decompress((CHECKOUT / "tests/fixtures/snapshot/etcd-3.6.7.xz").read_bytes()))
    short = tmp_path / "on-demand-node-1-1795250001"
    short.write_bytes(other.read_bytes()[:-4096])
    (bundle,) = site.bundles()
    cut = tmp_path / bundle.name
    cut.write_bytes(bundle.read_bytes()[:-4096])
    started = site.twin.on(FIRST, "systemctl show -P ExecMainStartTimestamp k3s").output
    for source, reasons in (
        (other, ("another cluster's: its nodes are node-1", "no token here opens the snapshot: it needs")),
        (short, ("does not end with the SHA-256 of its content",)),
        (cut, ("cannot be opened",)),
        ("s3:nothing-1", ("bucket etcd-snapshots has no dev/nothing-1",)),
        (bundle, ("repeat the name: -e confirm=dev",)),
    ):
        refused = site.play("playbooks/restore.yml", "-e", f"snapshot={source}")
        assert refused.status != 0
        assert all(reason in refused.said for reason in reasons), refused.tail
    assert site.twin.on(FIRST, "systemctl show -P ExecMainStartTimestamp k3s").output == started


@pytest.mark.parametrize("source", ["bundle", "s3"])
def test_restore_in_place(site: Recovery, source: str) -> None:
    """What was deleted is there again; three vote; every server keeps its own snapshots; no token is left behind."""
    bundle = site.bundles()[0]
    site.forget()
    snapshot = str(bundle) if source == "bundle" else f"s3:{bundle.name.removesuffix('.escrow.age')}"
    done = site.play("playbooks/restore.yml", "-e", f"snapshot={snapshot}", "-e", "confirm=dev")
    assert done.status == 0, done.tail
    assert site.planted()
    assert site.members() == sorted(SERVERS)
    assert "local-k8s-dev-22-" in site.twin.on(PEER, f"ls {SNAPSHOTS}").output
    assert site.twin.on(FIRST, "ls /etc/rancher/k3s/config.yaml.d /var/lib/rancher/k3s/server/db | grep -e restore").output == ""


def test_a_killed_restore_is_repeated(site: Recovery) -> None:
    arguments = ("-e", f"snapshot={site.bundles()[0]}", "-e", "confirm=dev")
    site.forget()
    killed = site.play("playbooks/restore.yml", *arguments, kill_at=r"TASK \[.*Reset the cluster", kill_after=3.0)
    assert killed.status < 0, killed.tail
    done = site.play("playbooks/restore.yml", *arguments)
    assert done.status == 0, done.tail
    assert site.planted()
    assert site.members() == sorted(SERVERS)


def test_a_bundle_of_a_time_before_a_rotation(site: Recovery) -> None:
    """Its own token opens it, and is the cluster's again on every server."""
    rotated = site.play("playbooks/rotate.yml", "-e", "rotate=server-token")
    assert rotated.status == 0, rotated.tail
    site.forget()
    done = site.play("playbooks/restore.yml", "-e", f"snapshot={site.bundles()[0]}", "-e", "confirm=dev")
    assert done.status == 0, done.tail
    assert site.planted()
    settled = site.play("site.yml", "--tags", "k3s,verify")
    assert settled.status == 0, settled.tail
    assert len({site.twin.on(node, "sha256sum < /var/lib/rancher/k3s/server/token").output for node in SERVERS}) == 1


def test_onto_emptied_hosts_with_the_bundle_alone(site: Recovery) -> None:
    """All three servers are lost with everything on them."""
    for node in SERVERS:
        lost = "/var/lib/rancher/k3s/server /etc/rancher /usr/local/bin/k3s /etc/systemd/system/k3s.service"
        site.twin.on(node, f"systemctl stop k3s; rm -rf {lost}; systemctl daemon-reload")
    done = site.play("playbooks/restore.yml", "-e", f"snapshot={site.bundles()[-1]}", "-e", "confirm=dev")
    assert done.status == 0, done.tail
    assert site.planted()
    assert site.members() == sorted(SERVERS)


def test_drill(site: Recovery) -> None:
    """It passes, reports its figures, tells the environment's cluster, and leaves nothing; the same drill fails when it has one second, and tells nobody."""
    before = site.members()
    assert site.proof() == ""
    done = site.play("playbooks/drill.yml")
    assert done.status == 0, done.tail
    (report,) = (json.loads(path.read_text(encoding="utf-8")) for path in site.copies.glob("drill-etcd-*.json"))
    assert report["problems"] == []
    assert report["rto_seconds"] > 0
    assert site.twin.on(DRILL, "ls -d /var/lib/rancher/k3s /etc/rancher /usr/local/bin/k3s | grep .").status == 1
    proof = site.proof()
    assert proof
    assert "could not be told" not in done.said
    missed = site.play("playbooks/drill.yml", "-e", "groundwork_rto=1", "-e", "k3s_snapshot_rpo=1")
    assert missed.status != 0
    assert "the RTO of 1 s was missed; the RPO of 1 s was missed" in missed.said
    assert site.proof() == proof
    assert site.members() == before


def test_a_drill_that_is_interrupted_anywhere_is_cleaned_up_by_the_next(site: Recovery, tmp_path: Path) -> None:
    """Ten times in a row. What stays is a plain snapshot on the management machine, in a folder that the runbook names, and nothing else."""
    before = site.members()
    there = {"TMPDIR": str(tmp_path)}
    drill = ("playbooks/drill.yml", "-e", f"k3s_snapshot_dir={site.copies}")
    killed(site.twin, DRILL_POINTS, *drill, inventory=site.inventory, environment=there)
    done = site.play("playbooks/drill.yml", environment=there)
    assert done.status == 0, done.tail
    assert site.twin.on(DRILL, "ls -d /var/lib/rancher/k3s /etc/rancher /usr/local/bin/k3s /run/lock/groundwork-operation.json | grep .").status == 1
    assert site.twin.on(DRILL, "pgrep -f '[k]3s server'").status == 1
    names = {bundle.name.removesuffix(".escrow.age") for bundle in site.bundles()}
    plain = [path for folder in (tmp_path, site.copies) for path in folder.rglob("*") if path.name.removesuffix(".zip") in names]
    assert all(path.parent.name.startswith("groundwork-opened-") for path in plain), plain
    assert site.members() == before


def test_a_drill_wipes_nothing_that_is_not_its_own(site: Recovery) -> None:
    site.twin.on(DRILL, "rm /etc/groundwork-drill; mkdir -p /var/lib/rancher/k3s/server; touch /var/lib/rancher/k3s/server/precious")
    refused = site.play("playbooks/drill.yml")
    assert refused.status != 0
    assert "holds a K3s that no drill has put there" in refused.said
    assert site.twin.on(DRILL, "ls /var/lib/rancher/k3s/server/precious").status == 0


def test_s3_is_away(site: Recovery) -> None:
    """The run ends with an error, and the copy here was made all the same."""
    before = len(site.bundles())
    site.twin.lab("kill", "s3")
    done = site.play("playbooks/backup.yml")
    site.twin.lab("start", "s3")
    assert done.status != 0
    assert "is not in S3: the server does not answer" in done.said
    assert len(site.bundles()) == before + 1


def test_a_wrong_key_restarts_server_by_server_and_is_named(site: Recovery) -> None:
    wrong = {"GROUNDWORK_SECRET_S3_SECRET_KEY": "wrong-key-of-the-account"}
    changed = site.play("site.yml", "--tags", "k3s", "--diff", environment=wrong)
    assert changed.status == 0, changed.tail
    assert "wrong-key-of-the-account" not in changed.output
    refused = site.play("playbooks/backup.yml", environment=wrong)
    assert "the server refuses the account or its keys" in refused.said
    mended = site.play("site.yml", "--tags", "k3s")
    assert mended.status == 0, mended.tail
    assert site.members() == sorted(SERVERS)


def test_a_wrong_bucket_is_named(site: Recovery) -> None:
    there = site.twin.paths.object_store / "buckets/etcd-snapshots"
    away = there.rename(there.with_name("elsewhere"))
    refused = site.play("playbooks/backup.yml")
    away.rename(there)
    assert "the bucket does not exist" in refused.said


def test_snapshots_on_demand_do_not_pile_up(site: Recovery) -> None:
    for _time in range(3):
        done = site.play("playbooks/backup.yml", "-e", "k3s_snapshot_retention=2")
        assert done.status == 0, done.tail
    assert len([name for name in site.in_s3() if name.startswith("on-demand-")]) == 2


def test_the_disk_is_full(site: Recovery) -> None:
    site.twin.on(FIRST, f"mount -t tmpfs -o size=64k tmpfs {SNAPSHOTS}")
    refused = site.play("playbooks/backup.yml")
    site.twin.on(FIRST, f"umount {SNAPSHOTS}")
    assert refused.status != 0
    assert "no space left on device" in refused.said
