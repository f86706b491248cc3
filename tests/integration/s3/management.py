# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site of which only the management machine is there, with a real S3 server."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.variables_backup import snapshot_variables

from tests.support.objectstore import Store

ROOT = Path(__file__).parents[3]


@dataclasses.dataclass(frozen=True)
class Played:
    """How a playbook ended."""

    status: int
    output: str


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
        """Run a playbook; with ``kill_at`` only until that task begins, then SIGKILL to it and everything that it started."""
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"), "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"}
        argv = [str(Path(sys.executable).with_name("ansible-playbook")), str(ROOT / "playbooks" / playbook), "-i", str(self.inventory), *arguments]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=self.folder, start_new_session=True)
        lines = []
        for line in process.stdout or ():
            lines.append(line)
            if kill_at and line.startswith(f"TASK [{kill_at}]"):
                os.killpg(process.pid, signal.SIGKILL)
        return Played(process.wait(), "".join(lines))

    def status(self) -> dict[str, Any]:
        """What backup.yml --tags status says, by kind."""
        done = self.play("--tags", "status")
        assert done.status == 0, done.output[-3000:]
        said = json.loads((self.copies / "status.json").read_text())
        return {row["kind"]: row for row in said["rows"]}
