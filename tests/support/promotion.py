# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A twin of environments with a single server each, run by real Argo CDs from one real Git server; and somebody who may promote.

Beside Argo CD each cluster has one component, the operator that decrypts secrets: everything else needs a load balancer or certificates first.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path, read_lock

from tests.support.gitops import Tree, applications, kubectl, until
from tests.support.twin import CHECKOUT, Finished, Twin

ENVIRONMENTS = ("dev", "test", "prod")
NODES = "{numbers: 21-23, role: server}"
APP = "sops-secrets-operator"
ONLY = f"argocd,{APP}"
#: The cluster's key, which the hand-over brings and no commit does: the operator does not start without it.
KEY = "sops-age"
KEPT = "/root/kept-key.yaml"
#: What the site leaves to its owner.
SIGNERS = re.compile(r"^promotion:\n  signers: null.*\n", re.MULTILINE)
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
        self.promotion = {"soak": "10s", "stable": "10s", "timeout": timeout, "signers": {"anna": public}}
        text, replaced = SIGNERS.subn(f"promotion: {json.dumps(self.promotion)}\n", text.replace(NODES, '{numbers: "21", role: server}'))
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
        """K3s everywhere, a first tree, and every cluster handed over. They are built at the same time, and mostly wait."""
        with ThreadPoolExecutor(len(ENVIRONMENTS)) as people:
            list(people.map(self.cluster, ENVIRONMENTS))
            for environment in ENVIRONMENTS:  # One after the other: they write the same file.
                self.kubeconfig(environment)
            self.first_tree()
            list(people.map(self.hand_over, ENVIRONMENTS))

    def cluster(self, environment: str) -> None:
        """One environment's K3s."""
        inventory = self.inventories.of(environment)
        self._well(self.twin.playbook("site.yml", "--skip-tags", "kubeconfig,hand_over,verify", inventory=inventory, timeout=1800))

    def kubeconfig(self, environment: str) -> None:
        """One environment's context in the kubeconfig of whoever promotes."""
        self._well(self.twin.playbook("site.yml", "--tags", "kubeconfig", inventory=self.inventories.of(environment)))

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

    def deviate(self, path: str, value: object, why: str) -> None:
        """The matrix's owner says something else from now on."""
        with self.twin.paths.overlay.open("a", encoding="utf-8") as overlay:
            overlay.write(f"\n- {json.dumps({'path': path, 'value': value, 'why': why})}\n")

    def settle(self, **settings: str) -> None:
        """Other settings of all promotions."""
        self.deviate("promotion", {**self.inventories.promotion, **settings}, "a test")

    def change(self, values: dict[str, object], message: str) -> None:
        """Other Helm values of the component, which the first environment follows."""
        self.deviate("components", {"argocd": {}, APP: {"values": values}}, message)
        self.publish(message)

    def follow(self, health: str = "Healthy") -> None:
        """Until dev runs the last commit; Argo CD is asked to look, or it would take it some minutes."""
        head = self.tree.git("rev-parse", "HEAD").output.strip()

        def arrived() -> bool:
            kubectl(self.twin, server("dev"), f"--namespace argocd annotate --overwrite application platform {APP} argocd.argoproj.io/refresh=normal")
            found = applications(self.twin, server("dev"))
            # The component may be compared with the commit before the root has told it what to compare: the root has to be Synced first.
            return found[APP] == ("Synced", health, head) and found["platform"][::2] == ("Synced", head)

        until(arrived, 900, f"the commit in dev, {health}")

    def promote(self, target: str, *arguments: str, **more: Any) -> Finished:
        """promote.yml, as people run it."""
        inventory = self.inventories.of(target)
        return self.twin.playbook("playbooks/promote.yml", "-e", f"promote_path={self.tree.folder}", *arguments, inventory=inventory, **more)

    def travel(self, values: dict[str, object], message: str) -> None:
        """A change from Git through all environments."""
        self.change(values, message)
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

    @contextlib.contextmanager
    def spoiled(self, environment: str) -> Iterator[Callable[[str], None]]:
        """Yields what takes the cluster its key, so that what ran well does not start again.

        The key is back as soon as a commit takes something back, and in the end anyway.
        """
        host, over = server(environment), threading.Event()

        def spoil(_host: str) -> None:
            secret = f"k3s kubectl --namespace {APP}"
            taken = f"{secret} get secret {KEY} --output yaml > {KEPT} && {secret} delete secret {KEY} && {secret} delete pod --all --force --grace-period 0"
            done = self.twin.on(host, taken)
            assert done.status == 0, done.tail
            mending.start()

        def mend() -> None:
            while not over.is_set() and not self._server("log", "-1", "--format=%s", "main").startswith("Revert"):
                over.wait(1)
            self.twin.on(host, f"k3s kubectl apply -f {KEPT}")

        mending = threading.Thread(target=mend)
        try:
            yield spoil
        finally:
            over.set()
            if mending.ident is not None:
                mending.join()

    def _server(self, *arguments: str) -> str:
        folder = self.twin.paths.git / "repositories" / "clusters.git"
        command = ["git", "-c", "safe.directory=*", "-C", str(folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def _well(self, done: Finished) -> None:
        assert done.status == 0, done.tail


def server(environment: str) -> str:
    """The one server of an environment."""
    return f"k8s-{environment}-21"


def noted(text: str) -> dict[str, object]:
    """Values that give a new pod of the same program."""
    return {"extraEnv": [{"name": "SOPS_AGE_KEY_FILE", "value": "/etc/sops-age/keys.txt"}, {"name": "NOTE", "value": text}]}


def without_key() -> dict[str, object]:
    """Values with which the program does not start."""
    return {"secretsAsFiles": [{"name": KEY, "secretName": "nobody-has-it", "mountPath": "/etc/sops-age"}]}
