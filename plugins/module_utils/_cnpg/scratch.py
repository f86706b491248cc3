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

    def prepare(self, store: Object, spec: Object) -> None:
        """The namespace, the ObjectStore, and the Secrets and ConfigMaps that it and the trial's definition name. What they hold is not looked at."""
        labels = {MARK: self._source, "pod-security.kubernetes.io/enforce": "restricted"}
        self._api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self._place, "labels": labels}}, OPERATOR)
        for needed in {(found.kind, found.name): found for found in (*needed_by_cluster(spec), *needed_by_store(store))}.values():
            self._copy(needed)
        spec_of_store = {key: value for key, value in store["spec"].items() if key != "retentionPolicy"}
        metadata = {"name": name_of(store), "namespace": self._place}
        self._api.create({"apiVersion": STORE_GROUP, "kind": "ObjectStore", "metadata": metadata, "spec": spec_of_store}, OPERATOR)

    def _copy(self, needed: Needed) -> None:
        found = self._api.get(Reference("v1", needed.kind, needed.name, self._source))
        if found is None:
            remedy = "make it; without it the trial neither reads the backups nor starts"
            raise Refused([Problem(f"{needed.kind} {self._source}/{needed.name}", f"the {needed.by} names it, and it is not there", remedy)])
        copied = {key: found[key] for key in ("type", "data", "binaryData") if found.get(key)}
        metadata = {"name": needed.name, "namespace": self._place}
        self._api.create({"apiVersion": "v1", "kind": needed.kind, **copied, "metadata": metadata}, OPERATOR)


class Needed(t.NamedTuple):
    """A Secret or ConfigMap of the source's namespace, and who names it."""

    kind: str
    name: str
    by: str


def needed_by_store(store: Object) -> list[Needed]:
    """What an ObjectStore refers to (pure)."""
    configuration = at(store, "spec", "configuration") or {}
    parts = [configuration.get(part) or {} for part in ("s3Credentials", "azureCredentials", "googleCredentials")]
    found = {str(value["name"]) for part in parts for value in part.values() if isinstance(value, dict) and value.get("name")}
    if at(configuration, "endpointCA", "name"):
        found.add(str(configuration["endpointCA"]["name"]))
    env = at(store, "spec", "instanceSidecarConfiguration", "env") or []
    return [Needed("Secret", name, "ObjectStore") for name in sorted(found)] + list(_of_env(env, "ObjectStore"))


def needed_by_cluster(spec: Object) -> list[Needed]:
    """What the pods of a cluster cannot start without (pure); what is optional there is left out."""
    by = "Cluster"
    found = [Needed("Secret", str(item["name"]), by) for item in spec.get("imagePullSecrets") or []]
    found += _of_env(spec.get("env") or [], by)
    for source in spec.get("envFrom") or []:
        found += _named(source, "secretRef", "configMapRef", by)
    for source in at(spec, "projectedVolumeTemplate", "sources") or []:
        found += _named(source, "secret", "configMap", by)
    return found


def _of_env(env: t.Iterable[Object], by: str) -> t.Iterator[Needed]:
    for item in env:
        yield from _named(item.get("valueFrom") or {}, "secretKeyRef", "configMapKeyRef", by)


def _named(source: Object, secret: str, config: str, by: str) -> t.Iterator[Needed]:
    for kind, field in (("Secret", secret), ("ConfigMap", config)):
        found = source.get(field) or {}
        if found.get("name") and not found.get("optional"):
            yield Needed(kind, str(found["name"]), by)
