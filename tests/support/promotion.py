# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A twin of three environments, a single server each, run by real Argo CDs from one real Git server; and somebody who may promote."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path, read_lock

from tests.support.gitops import Tree, applications, give_volume, issuing_root, kubectl, until
from tests.support.twin import CHECKOUT, Finished, Twin

ENVIRONMENTS = ("dev", "test", "prod")
NODES = "{numbers: 21-23, role: server}"
APP = "vaultwarden"
PATCH = f"kubernetes/base/apps/{APP}/patches/change.yaml"
DATA = "/var/lib/kubelet/twin-vaultwarden"
#: What the site leaves to its owner.
SIGNERS = re.compile(r"^promotion:\n  signers: null.*\n", re.MULTILINE)
PROMOTION = "promotion: {{soak: 10s, stable: 10s, timeout: {timeout}, signers: {{anna: {key}}}}}\n"
#: They want more than one server; the twin has none of them anyway.
DATABASES = re.compile(r"^databases:\n(?:[ #].*\n)+|^    databases: .*\n", re.MULTILINE)
BLOCK = r"^  {0}:\n(?:   .*\n)+"


class Inventories:
    """A copy of the eNeG site with one server for each environment: an inventory for each, and ``all`` for the twin.

    ``dev_second``: dev comes after test, so that something is promoted into dev.
    """

    def __init__(self, folder: Path, timeout: str = "3m", *, dev_second: bool = False) -> None:
        self.folder = folder
        self.key = folder / "anna"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "anna", "-f", str(self.key)], check=True)
        public = self.key.with_suffix(".pub").read_text().strip()
        text = (CHECKOUT / "inventories" / "matrix.yml").read_text(encoding="utf-8")
        assert text.count(NODES) == len(ENVIRONMENTS)
        text, replaced = SIGNERS.subn(PROMOTION.format(timeout=timeout, key=json.dumps(public)), text.replace(NODES, '{numbers: "21", role: server}'))
        assert replaced == 1
        text = DATABASES.sub("", text)
        if dev_second:
            text, replaced = re.subn(f"({BLOCK.format('dev')})({BLOCK.format('test')})", r"\2\1", text, flags=re.MULTILINE)
            assert replaced == 1
        (folder / "matrix.yml").write_text(text, encoding="utf-8")
        shutil.copy(CHECKOUT / "inventories" / "versions.lock.yml", folder)
        for name, chosen in (*((name, [name]) for name in ENVIRONMENTS), ("all", list(ENVIRONMENTS))):
            (folder / name).mkdir()
            source = {"plugin": "groundwork.platform.environment_matrix", "matrix": "../matrix.yml", "environments": chosen}
            (folder / name / "environment_matrix.yml").write_text(yaml.safe_dump(source))

    def of(self, environment: str) -> str:
        """The inventory folder of one environment."""
        return str(self.folder / environment)


class Estate:
    """The three clusters, the tree, and what people do with them."""

    def __init__(self, twin: Twin, inventories: Inventories) -> None:
        self.twin, self.inventories = twin, inventories
        self.tree = Tree(twin, inventories.folder / "clusters", inventory=inventories.of("dev"))

    def build(self) -> None:
        """K3s everywhere, a first tree, and every cluster handed over."""
        for environment in ENVIRONMENTS:
            self.cluster(environment)
            give_volume(self.twin, [server(environment)])
        self.first_tree()
        authority = json.dumps({"verify_ca": issuing_root(self.twin, self.inventories.folder).read_text()})
        for environment in ENVIRONMENTS:
            self.hand_over(environment, "-e", authority)

    def cluster(self, environment: str) -> None:
        """One environment's K3s."""
        self._well(self.twin.playbook("site.yml", "--skip-tags", "hand_over,verify", inventory=self.inventories.of(environment), timeout=1800))

    def hand_over(self, environment: str, *arguments: str) -> None:
        """One environment's Argo CD."""
        self._well(self.twin.playbook("playbooks/hand_over.yml", *arguments, inventory=self.inventories.of(environment), timeout=1800))

    def first_tree(self) -> None:
        """A clone of somebody who signs, with what the matrix says."""
        self.tree.start()
        settings = {
            "user.name": "anna",
            "user.email": "anna@example.org",
            "gpg.format": "ssh",
            "user.signingKey": f"{self.inventories.key}.pub",
            "commit.gpgSign": "true",
            "core.sshCommand": self.tree.environment["GIT_SSH_COMMAND"],
        }
        for key, value in settings.items():
            self.tree.git("config", key, value)
        self.publish("First tree")

    def publish(self, message: str) -> None:
        """What the matrix and the clone say now."""
        self.tree.render()
        self.tree.push(message)

    def change(self, spec: dict[str, Any], message: str) -> None:
        """A patch of the application's Deployment for all environments, which the first one follows."""
        file = self.tree.folder / PATCH
        file.parent.mkdir(parents=True, exist_ok=True)
        document = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": APP, "namespace": APP}, "spec": {"template": spec}}
        file.write_text(json.dumps(document))
        self.publish(message)

    def follow(self, health: str = "Healthy") -> None:
        """Until dev runs the last commit; Argo CD is asked to look, or it would take it some minutes."""
        head = self.tree.git("rev-parse", "HEAD").output.strip()

        def arrived() -> bool:
            kubectl(self.twin, server("dev"), f"--namespace argocd annotate --overwrite application platform {APP} argocd.argoproj.io/refresh=normal")
            found = applications(self.twin, server("dev"))
            return found[APP] == ("Synced", health, head) and found["platform"][2] == head

        until(arrived, 300, f"the commit in dev, {health}")

    def promote(self, target: str, *arguments: str, **more: Any) -> Finished:
        """promote.yml, as people run it."""
        inventory = self.inventories.of(target)
        return self.twin.playbook("playbooks/promote.yml", "-e", f"promote_path={self.tree.folder}", *arguments, inventory=inventory, **more)

    def travel(self, spec: dict[str, Any], message: str) -> None:
        """A change from Git through all environments."""
        self.change(spec, message)
        self.follow()
        for target in ENVIRONMENTS[1:]:
            time.sleep(12)  # the soak time and a little
            self._well(self.promote(target))

    def releases(self, environment: str) -> dict[str, str]:
        """What the server's branch says."""
        return {name: entry.release for name, entry in read_lock(self.file(lock_path(environment))).components.items()}

    def file(self, path: str) -> str:
        """A file of the server's branch."""
        return self._server("show", f"main:{path}")

    def spoil(self, environment: str) -> None:
        """The application's data cannot be written from now on, until a commit takes something back: it was well, and is not any more."""
        host = server(environment)
        self.twin.on(host, f"chmod 000 {DATA}; kill -9 $(pidof app)")

        def mend() -> None:
            while not self._server("log", "-1", "--format=%s", "main").startswith("Revert"):
                time.sleep(1)
            self.twin.on(host, f"chmod 777 {DATA}")

        threading.Thread(target=mend, daemon=True).start()

    def _server(self, *arguments: str) -> str:
        folder = self.twin.paths.git / "repositories" / "clusters.git"
        command = ["git", "-c", "safe.directory=*", "-C", str(folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def _well(self, done: Finished) -> None:
        assert done.status == 0, done.tail


def server(environment: str) -> str:
    """The one server of an environment."""
    return f"k8s-{environment}-21"
