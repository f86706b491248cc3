# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site of which only the management machine is there, with a real S3 server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.variables_backup import snapshot_variables

from tests.support.objectstore import Store
from tests.support.plays import ROOT, Played, play


class Site:
    """An inventory of one server that nobody can reach: what runs here runs on the management machine alone."""

    def __init__(self, folder: Path, store: Store, schedule: dict[str, dict[str, str]]) -> None:
        self.folder = folder
        self.copies = folder / "copies"
        self.repository = folder / "repository"
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(self.repository)]
        subprocess.run(["git", "init", "-q", str(self.repository)], check=True)
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
        ca = folder / "ca.pem"
        ca.write_text(store.place.ca)
        said = {"endpoint": store.place.endpoint, "locked": "1d", "folder": "dev", "ca_file": str(ca)}
        variables = snapshot_variables([], Backup.model_validate({"s3": said, "schedule": schedule}))
        place = variables["groundwork_backup_places"]["first"]
        place |= {"access_key": store.place.access_key, "secret_key": store.place.secret_key}
        own = {"groundwork_environment": "dev", "k3s_snapshot_dir": str(self.copies), "groundwork_backup_git": str(self.repository), "ansible_become": True}
        hosts = {"k8s-dev-21": {"ansible_host": "192.0.2.1"}}
        self.inventory = folder / "hosts.json"
        self.inventory.write_text(json.dumps({"k3s_server": {"hosts": hosts, "vars": {**variables, **own, "place_records": str(folder / "records")}}}))

    def play(self, *arguments: str, playbook: str = "backup.yml", kill_at: str = "") -> Played:
        """Run a playbook; with ``kill_at`` only until that task begins."""
        return play(ROOT / "playbooks" / playbook, self.inventory, *arguments, kill_at=kill_at)

    def status(self) -> dict[str, Any]:
        """What backup.yml --tags status says, by kind."""
        done = self.play("--tags", "status")
        assert done.status == 0, done.output[-3000:]
        said = json.loads((self.copies / "status.json").read_text())
        return {row["kind"]: row for row in said["rows"]}
