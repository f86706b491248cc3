# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Velero where there are no nodes: it ends restores as it is told to, and brings back what backup.yml plants.

It also plays the controller that ends namespaces. It proves nothing about Velero; what it is for: playbooks that ask for a restore and wait.
"""

from __future__ import annotations

import contextlib
import threading
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of

from tests.support.open_kinds import serve

VERSION = "velero.io/v1"
MANAGER = "velero"
AT = "1795000000"
KINDS = ("Backup", "Restore")


class Velero:
    """With one backup, ``nightly``. ``status`` is how restores end, ``planted`` what comes back in the planted Secret."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.status = {"phase": "Completed"}
        self.planted = AT

    def __enter__(self) -> t.Self:
        serve(self._kube, MANAGER, VERSION, KINDS)
        self._make("v1", "Namespace", {"name": "velero"})
        ended = {"phase": "Completed", "startTimestamp": "2026-11-22T04:00:00Z", "completionTimestamp": "2026-11-22T04:01:00Z"}
        self._make(VERSION, "Backup", {"name": "nightly", "namespace": "velero"}, spec={}, status=ended)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def restores(self) -> list[Object]:
        """Specs of all restores."""
        return [thing["spec"] for thing in self._kube.objects(VERSION, "Restore", "velero")]

    def _make(self, version: str, kind: str, metadata: Object, **rest: t.Any) -> None:
        self._kube.apply({"apiVersion": version, "kind": kind, "metadata": metadata, **rest}, MANAGER)

    def _work(self) -> None:
        while not self._over.wait(0.2):
            # objects come and go while it looks at them
            with contextlib.suppress(KubeError):
                for thing in self._kube.objects(VERSION, "Restore", "velero"):
                    if not at(thing, "status", "phase"):
                        self._restore(thing)
                for space in self._kube.objects("v1", "Namespace"):
                    if at(space, "metadata", "deletionTimestamp"):
                        self._end(space)

    def _end(self, space: Object) -> None:
        """With what is in it, as far as a later namespace of that name would find it."""
        place = f"namespaces/{name_of(space)}"
        for kind in (f"/apis/batch/v1/{place}/jobs", f"/api/v1/{place}/pods"):
            self._kube.ask("DELETE", kind, {}, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
        self._kube.ask("PUT", f"/api/v1/{place}/finalize", {}, {**space, "spec": {"finalizers": []}})

    def _restore(self, thing: Object) -> None:
        for source, target in (at(thing, "spec", "namespaceMapping") or {}).items():
            self._make("v1", "Namespace", {"name": target})
            if source == "groundwork-backup":
                self._make("v1", "ConfigMap", {"name": "planted", "namespace": target}, data={"at": AT})
                self._make("v1", "Secret", {"name": "planted", "namespace": target}, stringData={"at": self.planted})
        self._kube.patch(Reference(VERSION, "Restore", name_of(thing), "velero"), {"status": self.status}, MANAGER)
