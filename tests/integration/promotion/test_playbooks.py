# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""promote.yml and promote_status.yml as people run them: real Ansible, Git, signatures and time; clusters are doubles behind a port."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import changes, read_tree, write
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path, read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.tree import render
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix

from tests.integration.promotion.company import commit, git, new_clone, new_key
from tests.support.argocd import ArgoDouble
from tests.support.kubeapi import KubeApi, served

CHECKOUT = Path(__file__).parents[3]
URL = "git@git.example.org:eneg/clusters.git"
SMALL = {"prometheus-operator-crds": {}, "metallb": {}, "snapshot-controller": {}, "calico": {}}
SHIM = """\
#!/bin/sh
# Git, but for the push of that number: it is done, and then nothing comes any more.
case " $* " in *" push "*)
    count=$(($(cat "$SHIM_FOLDER/count" 2>/dev/null || echo 0) + 1))
    echo "$count" > "$SHIM_FOLDER/count"
    if [ "$count" = "$SHIM_POINT" ]; then
        "$SHIM_GIT" "$@"
        echo "$$ $PPID" > "$SHIM_FOLDER/mark.new" && mv "$SHIM_FOLDER/mark.new" "$SHIM_FOLDER/mark"
        sleep 600
    fi ;;
esac
exec "$SHIM_GIT" "$@"
"""


class Site:
    """The eNeG matrix with few components, its repository, and clusters for two of its environments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = new_key(folder, "anna")
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder / "server.git")], check=True)
        self.clone = new_clone(folder, "anna")
        self.values: dict[str, object] = {}
        self.apis = {name: KubeApi() for name in ("dev", "test")}
        self.argos = {name: self._argo(name) for name in self.apis}
        self.render()

    def _argo(self, name: str) -> ArgoDouble:
        api = self.apis[name]
        return ArgoDouble(name, self.folder / "server.git", URL, lambda document: api.put("applications", document))

    def overlay(self) -> Path:
        components = {**SMALL, "metallb": {"values": self.values} if self.values else {}}
        promotion = {"soak": "1s", "stable": "2s", "timeout": "90s", "signers": {"anna": self.key}}
        values = {
            "git.repository": URL,
            **{f"git.recipients.{name}": f"age1{name}" for name in ("dev", "test", "prod")},
            "components": components,
            "applications": {},
            "promotion": promotion,
            "access.kubeconfig": str(self.folder / "kubeconfig"),
        }
        path = self.folder / "overlay.yml"
        path.write_text(yaml.safe_dump([{"path": key, "value": value, "why": "test"} for key, value in values.items()]))
        return path

    def render(self) -> None:
        before = read_tree(self.clone)
        loaded = load_matrix(CHECKOUT / "inventories/matrix.yml", [self.overlay()])
        write(self.clone, changes(before, render(Inputs(loaded, Catalogue(), before))))
        commit(self.clone, "render")

    def improve(self, replicas: int = 2) -> None:
        self.values = {"controller": {"replicas": replicas}}
        self.render()
        time.sleep(2.5)  # the soak time is real here

    def command(self, playbook: str, *arguments: str) -> list[str]:
        inventory = str(CHECKOUT / "inventories" / "test")
        return [sys.executable, "-m", "ansible.cli.playbook", f"groundwork.platform.{playbook}", "-i", inventory, *arguments]

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "collections"),
            "GROUNDWORK_MATRIX_OVERLAY": str(self.overlay()),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        }

    def play(self, playbook: str, *arguments: str) -> tuple[int, str]:
        command = self.command(playbook, "-e", f"promote_path={self.clone}", *arguments)
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment(), cwd="/", check=False)
        return done.returncode, done.stdout + done.stderr

    def killed_after_push(self, number: int) -> None:
        """Run promote.yml, and kill it with everything that it started when the push of that number is done."""
        shim = self.folder / f"shim-{number}"
        shim.mkdir()
        (shim / "git").write_text(SHIM)
        (shim / "git").chmod(0o755)
        real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True, check=True).stdout.strip()
        environment = self.environment() | {"SHIM_FOLDER": str(shim), "SHIM_POINT": str(number), "SHIM_GIT": real}
        environment["PATH"] = f"{shim}:{environment['PATH']}"
        process = subprocess.Popen(
            self.command("promote", "-e", f"promote_path={self.clone}"), env=environment, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 240
        while not (shim / "mark").exists():
            assert process.poll() is None, "promote.yml ended before that push"
            assert time.monotonic() < until
            time.sleep(0.1)
        process.kill()
        process.wait()
        for pid in (shim / "mark").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)

    def locked(self, environment: str) -> dict[str, str]:
        text = git(self.folder / "server.git", "show", f"main:{lock_path(environment)}")
        return {name: entry.release for name, entry in read_lock(text).components.items()}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Argo CD's doubles look at Git all the time."""
    site = Site(tmp_path)
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for argo in site.argos.values():
                with contextlib.suppress(subprocess.CalledProcessError, FileNotFoundError):
                    argo.look(datetime.datetime.now(datetime.UTC).replace(microsecond=0))
            over.wait(0.3)

    thread = threading.Thread(target=watch, daemon=True)
    with contextlib.ExitStack() as stack:
        addresses = {name: stack.enter_context(served(api)) for name, api in site.apis.items()}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": address}} for name, address in addresses.items()],
            "users": [{"name": "me", "user": {}}],
            "contexts": [{"name": f"eneg-{name}", "context": {"cluster": name, "user": "me"}} for name in addresses],
        }
        (tmp_path / "kubeconfig").write_text(json.dumps(config))
        thread.start()
        yield site
        over.set()
        thread.join()


def test_from_the_plan_to_the_record(site: Site, tmp_path: Path) -> None:
    code, said = site.play("promote")
    assert code == 0, said
    assert "changed=0" in said
    assert "test has what dev has" in said

    site.improve()
    before = site.locked("test")
    code, said = site.play("promote", "--check", "--diff")
    assert code == 0, said
    assert "+  replicas: 2" in said
    assert "G0 pass: main is clean" in said
    assert "G9 pass: 0 databases are backed up" in said
    assert "every gate is open" in said
    assert site.locked("test") == before

    code, said = site.play("promote", "-e", "promote_ticket=OPS-7")
    assert code == 0, said
    assert "changed=1" in said
    assert "test-1: live" in said
    assert site.locked("test") == site.locked("dev") != before
    record = json.loads(git(tmp_path / "server.git", "show", "main:audit/promotions/test-1.json"))
    assert (record["outcome"], record["ticket"], record["asked_by"]) == ("live", "OPS-7", "anna")

    code, said = site.play("promote_status", "-e", f"promote_status_page={tmp_path}/status.html", "-e", f"promote_status_json={tmp_path}/status.json")
    assert code == 0, said
    rows = json.loads((tmp_path / "status.json").read_text())
    assert {(row["environment"], row["health"]) for row in rows} == {("dev", "Healthy"), ("test", "Healthy"), ("prod", "not seen")}
    assert "metallb" in (tmp_path / "status.html").read_text()
    assert "what keeps it here" in said


def test_refused_with_every_closed_gate(site: Site) -> None:
    site.improve()
    (site.clone / "notes.txt").write_text("mine\n")
    site.argos["dev"].health = lambda component, _release, _seconds: "Degraded" if component == "metallb" else "Healthy"
    time.sleep(1)
    code, said = site.play("promote")
    assert code != 0
    assert "G0 fail: the clone has changes that are not committed" in said
    assert "G2 fail: metallb: is Degraded" in said
    assert "nothing was written" in said


def test_without_a_place(site: Site) -> None:
    done = subprocess.run(site.command("promote"), capture_output=True, text=True, env=site.environment(), cwd="/", check=False)
    assert done.returncode != 0
    assert "-e promote_path=PATH" in " ".join(done.stdout.split())


def test_killed_for_real_and_run_again(site: Site, tmp_path: Path) -> None:
    """The pushes of a promotion: 1 the lock, 2 the commit, 3 the record, 4 the lock again."""
    for number, point in enumerate((2, 3), 1):
        site.improve(number + 1)
        site.killed_after_push(point)
        code, said = site.play("promote")
        assert code == 0, said
        assert site.locked("test") == site.locked("dev")
        record = json.loads(git(tmp_path / "server.git", "show", f"main:audit/promotions/test-{number}.json"))
        assert record["outcome"] == "live"
        assert "promoting" not in git(tmp_path / "server.git", "for-each-ref")
        git(site.clone, "pull", "-q", "--ff-only")
