# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Runs inside a twin: do something to a VM through its vCenter, and print how it stands there then."""

from __future__ import annotations

import json
import ssl
import sys
import time
from pathlib import Path

from pyVim.connect import SmartConnect
from pyVmomi import vim


def main() -> None:
    """Arguments: folder of the vCenter in the twin's state, its DNS name, VM, action (show, PowerOn, PowerOff, Destroy)."""
    folder, hostname, name, action = Path(sys.argv[1]), *sys.argv[2:]
    account = json.loads((folder / "spec.json").read_text(encoding="utf-8"))
    context = ssl.create_default_context(cafile=str(folder.parents[1] / "ca.pem"))
    content = SmartConnect(host=hostname, user=account["username"], pwd=account["password"], sslContext=context).content
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    machine = next(vm for vm in view.view if vm.name == name)
    if action != "show":
        task = getattr(machine, action)()
        while task.info.state not in ("success", "error"):
            time.sleep(0.1)
        if task.info.state == "error":
            raise SystemExit(str(task.info.error))
    if action == "Destroy":
        print("{}")
        return
    guest = machine.guest
    shown = {"power": machine.runtime.powerState, "ip": guest.ipAddress or "", "hostname": guest.hostName or "", "tools": guest.toolsRunningStatus}
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
