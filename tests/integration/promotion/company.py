# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A company with three environments on a real Git server (a bare repository), people with real keys, and clusters that are doubles."""

from __future__ import annotations

import copy
import datetime
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import changes, read_tree, write
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path, read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.cluster import Cluster
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.git import Git
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.journal import Holder
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.promote import Promoter
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.proposal import Forge
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import Record, records_in
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import Repository
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import Outcome, Request, checked, settings_of, signers_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.surroundings import World
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.wait import Clock, Observer
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.writing import Writer

from tests.support.argocd import ArgoDouble
from tests.support.kubeapi import KubeApi
from tests.unit.plugins.plugin_utils._gitops.sites import ENVIRONMENTS, SITE, load, rendered

PEOPLE = ("anna", "ben")
DAY = 86400


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout.strip()


def new_key(folder: Path, name: str) -> str:
    """An SSH key without passphrase; its public half."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)], check=True)
    return (folder / f"{name}.pub").read_text().strip()


def matrix(keys: dict[str, str]) -> dict[str, Any]:
    """A small site with few components, where two people may sign."""
    return {
        **copy.deepcopy(SITE),
        "promotion": {"signers": {name: keys[name] for name in PEOPLE}, "stable": "30s", "timeout": "5m"},
        "components": {"prometheus-operator-crds": {}, "metallb": {}, "snapshot-controller": {}},
        "applications": {},
    }


def found(folder: Path) -> None:
    """Keys, a server, and a rendered tree on it; read-only from then on, each test has a copy."""
    keys = {name: new_key(folder, name) for name in (*PEOPLE, "mallory")}
    bare = folder / "server.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    clone = new_clone(folder, "anna")
    write(clone, changes({}, rendered({}, matrix(keys))))
    commit(clone, "first")


def moved(template: Path, folder: Path) -> None:
    """A copy of a company: its clones know where their server and their keys are."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    config = folder / "clone-anna/.git/config"
    config.write_text(config.read_text().replace(str(template), str(folder)))


def new_clone(folder: Path, person: str) -> Path:
    """A clone that signs with that person's key."""
    path = folder / f"clone-{person}"
    if not path.exists():
        subprocess.run(["git", "clone", "-q", str(folder / "server.git"), str(path)], check=True, capture_output=True)
        settings = {"user.name": person, "user.email": f"{person}@example.org", "gpg.format": "ssh", "user.signingKey": str(folder / f"{person}.pub")}
        with (path / ".git/config").open("a") as file:
            for key, value in settings.items():
                section, _dot, name = key.partition(".")
                file.write(f"[{section}]\n\t{name} = {value}\n")
    return path


def commit(clone: Path, message: str, *, signed: bool = True) -> str:
    """Commit everything and push it; the commit."""
    git(clone, "add", "--all")
    git(clone, "commit", "-q", "-m", message, *(["-S"] if signed else []))
    git(clone, "push", "-q", "origin", "HEAD:main")
    return git(clone, "rev-parse", "HEAD")


class Company:
    """Everything that a promotion needs; time stands still but for what promotions sleep. ``folder`` holds what found() put there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = {name: (folder / f"{name}.pub").read_text().strip() for name in (*PEOPLE, "mallory")}
        self.bare = folder / "server.git"
        self.matrix = matrix(self.keys)
        self.now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        self.said: list[str] = []
        self.forge: Forge | None = None
        self.ended = True
        self.interrupt: Any = None
        self.kubes: dict[str, Kube] = {}
        self.clone = self.cloned("anna")
        self.apis = {name: KubeApi() for name in ENVIRONMENTS}
        self.argos = {name: self._argo(name) for name in ENVIRONMENTS}
        self.pass_time(0)
        self.pass_time(DAY)

    def _argo(self, name: str) -> ArgoDouble:
        api = self.apis[name]
        url = self.matrix["git"]["repository"]
        return ArgoDouble(
            name, self.bare, url, lambda document: api.put("applications", document), lambda known: api.objects.get(("applications", "argocd", known), {})
        )

    def cloned(self, person: str) -> Path:
        """That person's clone."""
        return new_clone(self.folder, person)

    def pass_time(self, seconds: float) -> None:
        """Argo CD looks at Git meanwhile."""
        self.now += datetime.timedelta(seconds=seconds)
        for argo in self.argos.values():
            argo.look(self.now)

    def render(self, message: str, *, signed: bool = True) -> str:
        """Write what follows from the matrix, commit and push; the commit."""
        before = read_tree(self.clone)
        write(self.clone, changes(before, rendered(before, self.matrix)))
        return self.push(message, signed=signed)

    def push(self, message: str, *, signed: bool = True, clone: Path | None = None) -> str:
        """Commit everything in a clone and push it."""
        return commit(clone or self.clone, message, signed=signed)

    def improve(self, speed: int = 1, *, signed: bool = True) -> None:
        """A new release of metallb in dev, which has soaked."""
        self.matrix["components"]["metallb"] = {"values": {"speaker": {"tolerateMaster": bool(speed % 2)}, "controller": {"replicas": speed}}}
        self.render(f"metallb {speed}", signed=signed)
        self.pass_time(0)
        self.pass_time(DAY)

    def promoter(self, target: str, person: str = "anna", **request: Any) -> Promoter:
        loaded = load(self.matrix)
        asked = checked(Request(target=target, **request), loaded)
        settings = settings_of(loaded, asked.target)
        program = Git(self.cloned(person))
        repository = Repository(program, "main", signers_of(loaded, target))
        observers = {name: Observer(repository, str(loaded.matrix.git and loaded.matrix.git.repository), self.cluster(name)) for name in ENVIRONMENTS}
        world = World(repository, Writer(program, "main", settings.signed), observers, self.forge, Clock(lambda: self.now, self.sleep), self.said.append)
        run = f"{person}-{os.getpid()}-{len(self.said)}"
        return Promoter(loaded, asked, world, Holder(f"{person}@desk", run, self.now.isoformat()), lambda _run: self.ended)

    def cluster(self, name: str) -> Cluster:
        return Cluster(name, lambda: self.kubes.get(name) or Kube(self.apis[name], patience=0))

    def promote(self, target: str, person: str = "anna", **request: Any) -> Outcome:
        return self.promoter(target, person, **request).run()

    def sleep(self, seconds: float) -> None:
        """What a promotion does between two looks."""
        self.pass_time(seconds)
        if self.interrupt is not None:
            self.interrupt()

    def tip(self) -> str:
        return git(self.bare, "rev-parse", "main")

    def file(self, path: str) -> str:
        return git(self.bare, "show", f"main:{path}")

    def refs(self) -> set[str]:
        return set(git(self.bare, "for-each-ref", "--format=%(refname)").split())

    def release(self, environment: str, component: str = "metallb") -> str:
        return self.locked(environment)[component]

    def locked(self, environment: str) -> dict[str, str]:
        """Releases by component, as the server's branch has them."""
        lock = read_lock(self.file(lock_path(environment)))
        return {name: entry.release for name, entry in lock.components.items()}

    def records(self) -> list[Record]:
        clone = self.folder / "records"
        subprocess.run(["rm", "-rf", str(clone)], check=True)
        subprocess.run(["git", "clone", "-q", str(self.bare), str(clone)], check=True, capture_output=True)
        return records_in(read_tree(clone))


def gates(outcome: Outcome) -> dict[str, str]:
    """State by gate."""
    return {verdict.gate: verdict.state for verdict in outcome.verdicts}


def evidence(outcome: Outcome, gate: str) -> str:
    return next(verdict.evidence for verdict in outcome.verdicts if verdict.gate == gate)


def closed(outcome: Outcome) -> dict[str, str]:
    """Evidence of every gate that is not open."""
    return {verdict.gate: verdict.evidence for verdict in outcome.verdicts if verdict.state not in ("pass", "waived")}
