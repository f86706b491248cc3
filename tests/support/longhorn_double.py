# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Longhorn where there are no nodes: it calls volumes that are made of a backup restored.

It proves nothing about Longhorn; what it is for: playbooks that ask for a volume and wait.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of

from tests.support.background import repeated
from tests.support.open_kinds import serve

VERSION = "longhorn.io/v1beta2"
MANAGER = "longhorn"
PLACE = "longhorn-system"


class Longhorn:
    """``robustness`` is what a volume is when every block is there."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self.robustness = "unknown"

    def backup(self, name: str, state: str = "Completed", at_: str = "2026-11-22T05:00:00Z") -> None:
        """One that has ended, or not."""
        status = {"state": state, "url": f"s3://b@eu-1/?backup={name}", "volumeSize": "1073741824", "snapshotCreatedAt": at_, "backupCreatedAt": at_}
        thing = {"apiVersion": VERSION, "kind": "Backup", "metadata": {"name": name, "namespace": PLACE}, "spec": {}, "status": status}
        self._kube.apply(thing, MANAGER, force=True)

    def volumes(self) -> list[Object]:
        """All of them."""
        return self._kube.objects(VERSION, "Volume", PLACE)

    def restore(self) -> None:
        """One turn of its work."""
        for volume in self.volumes():
            if at(volume, "spec", "fromBackup") and not at(volume, "status"):
                status = {"restoreRequired": False, "state": "detached", "robustness": self.robustness}
                self._kube.patch(Reference(VERSION, "Volume", name_of(volume), PLACE), {"status": status}, MANAGER)


@contextlib.contextmanager
def longhorn(kube: Kube) -> t.Iterator[Longhorn]:
    """At work, without a backup."""
    serve(kube, MANAGER, VERSION, ("Backup", "Volume"))
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PLACE}}, MANAGER)
    found = Longhorn(kube)
    with repeated(found.restore, 0.2, KubeError):
        yield found
