# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The eNeG matrix with few components, its repository, and doubles of its clusters behind ports: for promote.yml as people run it."""

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

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import authorities, changes, read_tree, write
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path, read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.tree import render
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix

from lab.twin.platform import SCHEDULE
from tests.integration.promotion.company import commit, git, new_clone, new_key
from tests.support.argocd import ArgoDouble
from tests.support.kubeapi import KubeApi, served

CHECKOUT = Path(__file__).parents[3]
ENVIRONMENTS = ("dev", "test", "prod")
URL = "git@git.example.org:eneg/clusters.git"
SMALL: dict[str, object] = {"prometheus-operator-crds": {}, "metallb": {}, "snapshot-controller": {}, "calico": {}}
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
    """``soak`` and ``stable`` are lengths in real time, such as 2s."""

    def __init__(self, folder: Path, soak: str = "1s", stable: str = "2s") -> None:
        self.folder = folder
        self.times = {"soak": soak, "stable": stable, "timeout": "300s"}
        self.key = new_key(folder, "anna")
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder / "server.git")], check=True)
        self.clone = new_clone(folder, "anna")
        self.values: dict[str, object] = {}
        self.rules: dict[str, object] = {}
        self.settings: dict[str, object] = {}
        self.secrets: dict[str, str] = {}
        self.apis = {name: KubeApi() for name in ENVIRONMENTS}
        self.argos = {name: self._argo(name) for name in self.apis}
        self.rounds = 0
        self.render()

    def _argo(self, name: str) -> ArgoDouble:
        api = self.apis[name]
        return ArgoDouble(name, self.folder / "server.git", URL, lambda document: api.put("applications", document))

    def overlay(self) -> Path:
        components = {**SMALL, "metallb": {"values": self.values} if self.values else {}}
        promotion = {**self.times, "signers": {"anna": self.key}, **self.rules}
        values = {
            "git.repository": URL,
            **{f"git.recipients.{name}": f"age1{name}" for name in ENVIRONMENTS},
            "components": components,
            "applications": {},
            "databases": {},
            "environments.*.databases": {},
            "backup.schedule": SCHEDULE,
            "promotion": promotion,
            "access.kubeconfig": str(self.folder / "kubeconfig"),
            **self.settings,
        }
        path = self.folder / "overlay.yml"
        path.write_text(yaml.safe_dump([{"path": key, "value": value, "why": "test"} for key, value in values.items()]))
        return path

    def render(self) -> None:
        before = read_tree(self.clone)
        loaded = load_matrix(CHECKOUT / "inventories/matrix.yml", [self.overlay()])
        write(self.clone, changes(before, render(Inputs(loaded, Catalogue(), before, authorities(loaded)))))
        commit(self.clone, "render")

    def improve(self, replicas: int = 2) -> None:
        """A new release in dev."""
        self.values = {"controller": {"replicas": replicas}}
        self.render()

    def soaked(self) -> None:
        """The soak time is real here, and begins when Argo CD has looked."""
        self.looked()
        time.sleep(1 + int(self.times["soak"].rstrip("s")))

    def looked(self) -> None:
        """Until every Argo CD has seen what is there now: the round that is under way may have begun before."""
        enough, until = self.rounds + 2, time.monotonic() + 240
        while self.rounds < enough:
            assert time.monotonic() < until, "Argo CD's doubles do not look any more"
            time.sleep(0.1)

    def command(self, playbook: str, *arguments: str, environment: str = "test") -> list[str]:
        inventory = str(CHECKOUT / "inventories" / environment)
        return [sys.executable, "-m", "ansible.cli.playbook", f"groundwork.platform.{playbook}", "-i", inventory, *arguments]

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "collections"),
            "GROUNDWORK_MATRIX_OVERLAY": str(self.overlay()),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            **self.secrets,
        }

    def play(self, playbook: str, *arguments: str, environment: str = "test") -> tuple[int, str]:
        """Exit status, and everything that was said."""
        command = self.command(playbook, "-e", f"promote_path={self.clone}", *arguments, environment=environment)
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
        until = time.monotonic() + 600
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


@contextlib.contextmanager
def running(site: Site) -> Iterator[Site]:
    """Clusters behind ports, and Argo CD's doubles that look at Git all the time."""
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            with contextlib.suppress(subprocess.CalledProcessError, FileNotFoundError):
                for argo in site.argos.values():
                    argo.look(datetime.datetime.now(datetime.UTC).replace(microsecond=0))
                site.rounds += 1
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
        (site.folder / "kubeconfig").write_text(json.dumps(config))
        thread.start()
        try:
            site.looked()
            yield site
        finally:
            over.set()
            thread.join()
