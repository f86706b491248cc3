# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A namespace for one trial: made with what an archive needs to be read, marked as ours, and removed as a whole."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Api
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Object, Problem, Refused, at, name_of

MARK = "groundwork.platform/scratch"


class Until(t.Protocol):
    """Waits for something."""

    def __call__(self, what: str, done: t.Callable[[], bool], poll: float = 2.0) -> None:
        """Raises Refused when time is up."""


class Scratch:
    """Namespace ``place`` for a trial of something in ``source``."""

    def __init__(self, api: Api, place: str, source: str, until: Until) -> None:
        self._api = api
        self._place = place
        self._source = source
        self._until = until

    def clear(self) -> None:
        """Remove the namespace if it is ours, also what an interrupted run left; refuse to touch anybody else's."""
        reference = Reference("v1", "Namespace", self._place)
        found = self._api.get(reference)
        if found is None:
            return
        if at(found, "metadata", "labels", MARK) != self._source:
            reason = f"namespace {self._place} is not one that a trial of {self._source} made"
            raise Refused([Problem(self._place, reason, "name another scratch_namespace, which is made and removed")])
        self._api.delete(reference, "Foreground")
        self._until(f"namespace {self._place} to be gone", lambda: self._api.get(reference) is None)

    def prepare(self, store: Object) -> None:
        """The namespace, the ObjectStore and the Secrets that it names. What they hold is not looked at."""
        labels = {MARK: self._source, "pod-security.kubernetes.io/enforce": "restricted"}
        self._api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self._place, "labels": labels}}, OPERATOR)
        for name in secrets_of(store):
            found = self._api.get(Reference("v1", "Secret", name, self._source))
            if found is None:
                raise Refused(
                    [Problem(f"Secret {self._source}/{name}", "the ObjectStore names it, and it is not there", "make it; the backups cannot be read")]
                )
            copied = {"apiVersion": "v1", "kind": "Secret", "type": found.get("type"), "data": found.get("data") or {}}
            self._api.create({**copied, "metadata": {"name": name, "namespace": self._place}}, OPERATOR)
        spec = {key: value for key, value in store["spec"].items() if key != "retentionPolicy"}
        metadata = {"name": name_of(store), "namespace": self._place}
        self._api.create({"apiVersion": STORE_GROUP, "kind": "ObjectStore", "metadata": metadata, "spec": spec}, OPERATOR)


def secrets_of(store: Object) -> list[str]:
    """Names of the Secrets that an ObjectStore refers to (pure)."""
    configuration = at(store, "spec", "configuration") or {}
    found: set[str] = set()
    for part in ("s3Credentials", "azureCredentials", "googleCredentials"):
        found |= {str(value["name"]) for value in (configuration.get(part) or {}).values() if isinstance(value, dict) and value.get("name")}
    if at(configuration, "endpointCA", "name"):
        found.add(str(configuration["endpointCA"]["name"]))
    return sorted(found)
