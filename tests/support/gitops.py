# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The people around a twin that is run from Git: they render, encrypt, commit and push, and give an application its volume."""

from __future__ import annotations

import json
import time
import typing as t
from collections.abc import Mapping
from pathlib import Path

from lab.twin.platform import ACME_MANAGEMENT
from tests.support.twin import Finished, Twin

SECRET = """\
apiVersion: isindir.github.com/v1alpha3
kind: SopsSecret
metadata: {{name: vaultwarden-credentials, namespace: vaultwarden}}
spec:
  secretTemplates:
    - name: vaultwarden-credentials
      stringData: {{ADMIN_TOKEN: {token}}}
"""
#: Stands in for storage, which the twin has none of: a folder on whichever host runs the pod.
VOLUME = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "twin-vaultwarden"},
    "spec": {
        "capacity": {"storage": "5Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "hostPath": {"path": "/var/lib/kubelet/twin-vaultwarden"},
        "claimRef": {"namespace": "vaultwarden", "name": "vaultwarden-data"},
    },
}


class Tree:
    """A clone of the twin's repository on its management VM."""

    def __init__(self, twin: Twin, folder: Path, inventory: str = "inventories/dev", domain: str = "eneg.de") -> None:
        self.twin, self.folder, self.inventory, self.domain = twin, folder, inventory, domain
        self.url = f"ssh://git@git.{domain}/clusters.git"
        key = twin.paths.ssh_key
        options = f"-i {key} -o IdentitiesOnly=yes -o UserKnownHostsFile={twin.paths.known_hosts} -o StrictHostKeyChecking=accept-new"
        self.environment = {"GIT_SSH_COMMAND": f"ssh {options}", "GIT_CONFIG_GLOBAL": "/dev/null"}
        for name, value in (("NAME", "twin"), ("EMAIL", "twin@example.org")):
            self.environment |= {f"GIT_AUTHOR_{name}": value, f"GIT_COMMITTER_{name}": value}

    def git(self, *arguments: str) -> Finished:
        """Git in the clone; it must succeed."""
        done = self.twin.shell("git", "-C", str(self.folder), *arguments, environment=self.environment)
        assert done.status == 0, done.tail
        return done

    def start(self) -> None:
        """A first clone, of a repository that is still empty."""
        self.folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("remote", "add", "origin", self.url)

    def render(self) -> None:
        """What the matrix says, into the clone."""
        done = self.twin.playbook("playbooks/render.yml", "-e", f"render_path={self.folder}", inventory=self.inventory)
        assert done.status == 0, done.tail

    def keep_secret(self, environment: str, token: str) -> None:
        """A secret of the application, encrypted for people and for that environment's cluster."""
        file = f"kubernetes/environments/{environment}/vaultwarden/secrets/credentials.yaml"
        (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / file).write_text(SECRET.format(token=token))
        done = self.twin.shell("sh", "-c", f"cd {self.folder} && sops encrypt --in-place {file}")
        assert done.status == 0, done.tail

    def push(self, message: str) -> str:
        """Commit everything and push it; the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        self.git("push", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD").output.strip()


def kubectl(twin: Twin, host: str, *arguments: str) -> Finished:
    """Kubectl as root on a server."""
    return twin.on(host, " ".join(("k3s kubectl", *arguments)))


def give_volume(twin: Twin, hosts: t.Sequence[str]) -> None:
    """What a storage component would do."""
    for host in hosts:
        assert twin.on(host, "install -d -m 777 /var/lib/kubelet/twin-vaultwarden").status == 0
    text = json.dumps(VOLUME).replace('"', '\\"')
    done = twin.on(hosts[0], f'echo "{text}" | k3s kubectl apply -f -')
    assert done.status == 0, done.tail


def applications(twin: Twin, host: str) -> dict[str, tuple[str, str, str]]:
    """(sync, health, revision) of each Application."""
    found = json.loads(kubectl(twin, host, "--namespace argocd get applications --output json").output)
    return {app["metadata"]["name"]: _state(app.get("status", {})) for app in found["items"]}


def _state(status: Mapping[str, t.Any]) -> tuple[str, str, str]:
    sync = status.get("sync", {})
    revisions = sync.get("revisions") or [sync.get("revision", "")]
    return str(sync.get("status", "")), str(status.get("health", {}).get("status", "")), str(revisions[-1])


def issuing_root(twin: Twin, folder: Path, domain: str = "eneg.de") -> Path:
    """The root of what the ACME server issues in this life; it makes a new one whenever it starts."""
    file = folder / "acme-root.pem"
    url = f"https://acme.{domain}:{ACME_MANAGEMENT}/roots/0"
    done = twin.shell("curl", "--silent", "--show-error", "--fail", "--cacert", str(twin.paths.ca), "--output", str(file), url)
    assert done.status == 0, done.tail
    return file


def until(look: t.Callable[[], bool], seconds: float, what: str) -> None:
    """Look again and again; fails with what was waited for. How long it took is asserted nowhere."""
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, f"{what} did not come within {seconds:.0f} s"
        time.sleep(3)
