# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests are shut down and their machines get another size."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import WantedVM
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import specs
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session, fault_text
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.tasks import watch

try:
    from pyVmomi import vim, vmodl
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None

SHUTDOWN_SECONDS = 300.0


def shut_down(session: Session, machines: t.Mapping[str, str], asked: set[str]) -> dict[str, str]:
    """Ask guests (name to moid) to shut down and wait until they are off; why those that are not, are not. None is switched off hard.

    Who was asked, or may have been, is added to ``asked`` at once: a connection may break meanwhile.
    """
    waited: dict[str, t.Any] = {}
    failed: dict[str, str] = {}
    for name, moid in machines.items():
        machine: t.Any = vim.VirtualMachine(moid, session.stub)
        asked.add(name)
        try:
            machine.ShutdownGuest()
            waited[name] = machine
        except vmodl.MethodFault as fault:
            asked.discard(name)
            failed[name] = f"its guest was not asked to shut down: {fault_text(fault)}"
    seen = watch(session, list(waited.values()), ["runtime.powerState"], _off, SHUTDOWN_SECONDS)
    for name in waited:
        if not _off(seen[machines[name]]):
            failed[name] = f"its guest has not shut down within {SHUTDOWN_SECONDS:.0f} seconds"
    return failed


def _off(values: t.Mapping[str, t.Any]) -> bool:
    return values.get("runtime.powerState") == "poweredOff"


def size(vm: WantedVM, details: t.Mapping[str, t.Any]) -> t.Any:
    """The size that a machine gets; its first disk grows, or stays as it is."""
    devices = details.get("config.hardware.device", ())
    return vim.vm.ConfigSpec(numCPUs=vm.vcpus, memoryMB=vm.memory_mb, deviceChange=specs.disk_change(vm, devices))
