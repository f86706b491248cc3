# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of k3s_escrow: secrets pass through this process's memory and never leave it but into age or onto a server."""

from __future__ import annotations

import base64
import dataclasses
import tempfile
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import snapshot, system
from ansible_collections.groundwork.platform.plugins.plugin_utils import _escrow
from ansible_collections.groundwork.platform.plugins.plugin_utils._age import AgeError

KINDS = ("server", "agent")
#: Folders that a plain snapshot lies in for some seconds; a run that is killed leaves one, and people find it by this name.
OPENED = "groundwork-opened-"


class ActionModule(ActionBase):
    """Seals, reads and opens escrow bundles."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do what ``state`` says; a failed result names the reason and nothing secret."""
        super().run(tmp, task_vars)
        arguments = self._task.args
        path = Path(str(arguments["path"])).expanduser()
        try:
            if arguments["state"] == "sealed":
                return self._sealed(path, task_vars)
            if arguments["state"] == "read":
                return self._read(path)
            return self._tokens(path, task_vars)
        except (_escrow.EscrowError, AgeError, snapshot.NotASnapshot) as problem:
            return {"failed": True, "msg": str(problem)}
        except OSError as problem:
            return {"failed": True, "msg": f"{problem.filename or path}: {problem.strerror}"}

    def _sealed(self, path: Path, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        target = path.with_name(path.name + _escrow.SUFFIX)
        if self._task.check_mode:
            return {"changed": True, "path": str(target)}
        given = self._ask("groundwork.platform.k3s_escrow", self._task.args, task_vars)
        if given.get("failed") or given.get("unreachable"):
            return given
        with tempfile.TemporaryDirectory(prefix=OPENED, dir=path.parent) as folder:
            seen = snapshot.read(snapshot.unpacked(path, Path(folder)))
        manifest = _escrow.Manifest(
            environment=str(self._task.args["environment"]),
            node=str(self._task.args["node_name"]),
            k3s_version=given["k3s_version"],
            snapshot=path.name,
            sha256=str(system.sha256(path)),
            size=path.stat().st_size,
            fingerprint=seen.fingerprint,
            cluster=seen.cluster,
            saved_at=int(self._task.args["saved_at"]),
            planted=str(self._task.args.get("planted") or ""),
        )
        secrets = {name: base64.b64decode(text) for name, text in given["secrets"].items()}
        _escrow.seal(target, self._task.args["recipients"], manifest, secrets, path)
        path.unlink()
        return {"changed": True, "path": str(target), "manifest": dataclasses.asdict(manifest), "snapshot": dataclasses.asdict(seen)}

    def _read(self, path: Path) -> dict[str, Any]:
        keep = self._task.args.get("folder")
        with tempfile.TemporaryDirectory(prefix=OPENED) as temporary:
            folder = Path(str(keep or temporary))
            manifest = None
            if path.name.endswith(_escrow.SUFFIX):
                packed = folder / "packed"
                manifest = _escrow.unpack(path, packed)
                path = packed.replace(folder / Path(manifest.snapshot).name)
            plain = snapshot.unpacked(path, folder)
            seen = snapshot.read(plain)
        result = {"changed": False, "manifest": dataclasses.asdict(manifest) if manifest else None, "snapshot": dataclasses.asdict(seen)}
        return result | ({"path": str(plain)} if keep else {})

    def _tokens(self, path: Path, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """Both token files; K3s would refuse an agents' token of another time at its second start (k3s-contract 3.4)."""
        secrets = _escrow.secrets_of(path)
        changed = False
        for kind in KINDS:
            arguments = {"state": "present", "kind": kind, "token": secrets[f"{kind}-token"].decode().strip(), "replace": True}
            done = self._ask("groundwork.platform.k3s_join_token", arguments, task_vars)
            if done.get("failed") or done.get("unreachable"):
                return done
            changed = changed or done["changed"]
        return {"changed": changed}

    def _ask(self, module: str, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """Run a module on the host; what it answers is not shown, whatever the verbosity."""
        before, self._play_context.no_log = self._play_context.no_log, True
        try:
            found: dict[str, Any] = self._execute_module(module_name=module, module_args=arguments, task_vars=task_vars)
        finally:
            self._play_context.no_log = before
        return found
