# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated vCenter as a process on loopback, with the test's own look into it."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyVim.connect import SmartConnect
from pyVmomi import vim

USER, PASSWORD = "administrator@vsphere.local", "Pl4nted-vcenter-secret"
READS = {
    *("RetrieveServiceContent", "Login", "Logout", "CreateContainerView", "RetrievePropertiesEx", "ContinueRetrievePropertiesEx"),
    *("HasPrivilegeOnEntities", "QueryConfigOptionDescriptor", "CreatePropertyCollector", "CreateFilter", "WaitForUpdatesEx", "DestroyPropertyCollector"),
}


@dataclass
class VCenter:
    """One vcsim process. Addresses and certificates are those of loopback; the port is reserved by whoever makes it."""

    name: str
    spec: dict[str, Any]
    folder: Path
    binary: Path
    certificate: tuple[Path, Path]
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        spec, self.socket_path = self.folder / "spec.json", self.folder / "control.sock"
        spec.write_text(json.dumps(self.spec))
        cert, key = self.certificate
        argv = [self.binary, "--spec", spec, "--listen", f"127.0.0.1:{self.port}", "--cert", cert, "--key", key, "--control", self.socket_path]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([*map(str, argv), *self.options], stdout=log, stderr=log)
        wait_for(lambda: answers(socket.AF_INET, ("127.0.0.1", self.port)) and answers(socket.AF_UNIX, str(self.socket_path)), 180)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(120)
            self.process = None

    def control(self, **request: Any) -> dict[str, Any]:
        """One request over the control socket; events that arrive meanwhile are skipped."""
        with self.follow() as lines:
            lines.write(json.dumps(request) + "\n")
            lines.flush()
            for line in lines:
                answer: dict[str, Any] = json.loads(line)
                if "event" not in answer:
                    assert "error" not in answer, answer
                    return answer
        raise AssertionError("vcsim closed the control socket")

    def follow(self, seconds: float = 180) -> Any:
        """The control socket as a text stream: first the state of all machines, then events, at most so many seconds apart."""
        stream = socket.socket(socket.AF_UNIX)
        stream.settimeout(seconds)
        stream.connect(str(self.socket_path))
        lines = stream.makefile("rw")
        stream.close()  # the file keeps it open
        return lines

    def calls(self) -> dict[str, int]:
        """API calls that the vCenter has counted since it started, by method."""
        counted: dict[str, int] = self.control(get="calls").get("calls", {})
        return counted

    def mutations(self) -> int:
        return sum(number for method, number in self.calls().items() if method not in READS)

    def client(self) -> Any:
        """The vCenter's content through a connection of the test's own, unchecked and apart from the module's."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return SmartConnect(host="127.0.0.1", port=self.port, user=USER, pwd=PASSWORD, sslContext=context).RetrieveContent()

    def end_sessions(self, *, refused: bool = False) -> int:
        """End all sessions but the test's own, as an administrator would; how many there were. The next login may be ``refused``."""
        manager = self.client().sessionManager
        keys = [session.key for session in manager.sessionList if session.key != manager.currentSession.key]
        if refused:
            self.control(set="fault", method="Login", object="*", times=1)
        manager.TerminateSession(keys)
        return len(keys)

    def is_at_rest(self) -> bool:
        """Whether all of its tasks have ended."""
        return all(task.info.state in ("success", "error") for task in self.client().taskManager.recentTask)

    def machines(self) -> dict[str, Any]:
        """Virtual machines by name, as pyvmomi objects; templates left out."""
        content = self.client()
        view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
        return {vm.name: vm for vm in view.view if not vm.config.template}

    def find(self, kind: Any, name: str) -> Any:
        content = self.client()
        view = content.viewManager.CreateContainerView(content.rootFolder, [kind], True)
        return next(item for item in view.view if item.name == name)


def done(task: Any) -> Any:
    """Wait for a task of the test's own."""
    wait_for(lambda: task.info.state in ("success", "error"), 180)
    assert task.info.state == "success", task.info.error
    return task.info.result


def wait_for(condition: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def answers(family: socket.AddressFamily, address: Any) -> bool:
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0
