# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment of which only the API server is there: no host of it can be reached, so what runs there runs on the management machine alone."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, name_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.alerts import NAMESPACE, PROOF

from tests.support.apiserver import Api
from tests.support.plays import ROOT, Played, play

ROW: Object = {"at": "30 2 * * *", "bucket": "b", "interval": 86400, "runs_on": "operator", "rto": None, "rpo": None, "prove_every": 86400, "expects": None}
PART = """
- hosts: k3s_server[0]
  gather_facts: false
  module_defaults:
    group/kubernetes.core.k8s: {kubeconfig: "{{ kubeconfig_path }}", context: "{{ kubeconfig_context }}"}
  tasks:
"""


class Site:
    """Variables of its inventory are ``own``; the playbook of ours, or ``part``, a playbook of some of their files of tasks."""

    def __init__(self, folder: Path, api: Api, namespace: str, **own: t.Any) -> None:
        self.folder, self.api, self.namespace, self.own = folder, api, namespace, own
        self.copies = folder / "copies"
        self.copies.mkdir()

    def play(self, playbook: str, *arguments: str, more: t.Mapping[str, t.Any] | None = None, **kill: t.Any) -> Played:
        """``more`` variables lie over those of the inventory; ``kill`` as ``plays.play`` takes it."""
        access = {"kubeconfig_path": str(self.api.kubeconfig), "kubeconfig_context": self.api.context, "k3s_snapshot_dir": str(self.copies)}
        known = {"groundwork_environment": "dev", "postgresql_clusters": [], "mariadb_clusters": [], "groundwork_backup_places": {}, "ansible_become": True}
        hosts = {"k8s-dev-21": {"ansible_host": "192.0.2.1"}}
        inventory = self.folder / "hosts.json"
        inventory.write_text(json.dumps({"k3s_server": {"hosts": hosts, "vars": {**known, **access, **self.own, **(more or {})}}}))
        path = self.folder / "part.yml" if playbook == "part" else ROOT / "playbooks" / f"{playbook}.yml"
        return play(path, inventory, *arguments, **kill)

    def part(self, *tasks: str, begin: str = "", **variables: t.Any) -> None:
        """Write the playbook ``part``: what it begins with, then files of playbooks/tasks one after the other, with variables that only it has."""
        lines = begin + "".join(f"    - include_tasks: {ROOT}/playbooks/tasks/{name}.yml\n" for name in tasks)
        (self.folder / "part.yml").write_text(PART.replace("  tasks:", f"  vars: {json.dumps(variables)}\n  tasks:") + lines)

    def get(self, version: str, kind: str, name: str, namespace: str = "") -> Object | None:
        """An object, of the site's namespace if no other is named."""
        return self.api.kube().get(Reference(version, kind, name, namespace or self.namespace))

    def has(self, version: str, kind: str, name: str, namespace: str = "") -> bool:
        """Whether it is there."""
        return self.get(version, kind, name, namespace) is not None

    def new_namespaces(self, before: t.Sequence[Object]) -> set[str]:
        """Names of those that were not among these."""
        known = {name_of(space) for space in before}
        return {name_of(space) for space in self.api.kube().objects("v1", "Namespace")} - known

    def proof(self, kind: str) -> Object | None:
        """The mark of a row that was proven, where its alert looks for it."""
        return self.get("v1", "ConfigMap", PROOF.format(kind=kind), NAMESPACE)

    def reports(self, kind: str) -> list[Object]:
        """Reports of drills, the oldest first."""
        files = sorted(self.copies.glob(f"drill-{kind}-[0-9]*.json"), key=lambda path: path.stat().st_mtime)
        return [json.loads(file.read_text()) for file in files]
