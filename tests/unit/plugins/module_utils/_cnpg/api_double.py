# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API of dictionaries with a clock of its own, for what has to be played: time, failures, and a database that answers."""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Callable, Sequence

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.execution import Ran
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Answer, Applied, Reference, reference_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Patience
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at

HEALTHY = "Cluster in healthy state"
IMAGE = "r/postgresql:17.6"


class Api:
    """Objects by reference. Every look at a Cluster may change it, as time would: ``at_look`` gets it and its number."""

    def __init__(self) -> None:
        self.things: dict[Reference, Object] = {}
        self.at_look: Callable[[Object, int], None] = lambda _cluster, _number: None
        self.looks = 0
        self.logs: dict[str, str] = {}
        self.deleted: list[Reference] = []

    def get(self, wanted: Reference) -> Object | None:
        found = self.things.get(wanted)
        if found is not None and wanted.kind == "Cluster":
            self.looks += 1
            self.at_look(found, self.looks)
        return found

    def objects(self, api_version: str, kind: str, namespace: str = "", selector: str = "") -> list[Object]:
        del selector
        return [thing for key, thing in self.things.items() if (key.api_version, key.kind) == (api_version, kind) and namespace in ("", key.namespace)]

    def apply(self, document: Object, manager: str, force: bool = False, dry_run: bool = False) -> Applied:
        assert manager
        assert not force
        key = reference_of(document)
        before = self.things.get(key)
        after = overlaid(before or {"status": {}}, document)
        if not dry_run:
            self.things[key] = copy.deepcopy(after)
            if key.kind == "Cluster":
                self.furnish(key, self.things[key])
        return Applied(before, after, before != after)

    def create(self, document: Object, manager: str, dry_run: bool = False) -> Object:
        return self.apply(document, manager, dry_run=dry_run).after

    def patch(self, wanted: Reference, change: Object, manager: str, subresource: str = "", dry_run: bool = False) -> Object:
        assert manager
        assert subresource in ("", "status")
        after: Object = overlaid(self.things[wanted], change)
        if not dry_run:
            self.things[wanted] = after
        return after

    def ask(self, method: str, path: str, query: t.Mapping[str, str] | None = None) -> Answer:
        """Logs of sidecars and of jobs, by pod."""
        assert method == "GET"
        assert (query or {}).get("container") in ("plugin-barman-cloud", "full-recovery")
        pod = path.split("/")[-2]
        return Answer(200, self.logs[pod].encode()) if pod in self.logs else Answer(404)

    def delete(self, wanted: Reference, propagation: str = "Background", dry_run: bool = False) -> bool:
        assert propagation
        if not dry_run:
            self.deleted.append(wanted)
            self.things.pop(wanted, None)
            if wanted.kind == "Namespace":
                self.things = {key: thing for key, thing in self.things.items() if key.namespace != wanted.name}
        return True

    def furnish(self, key: Reference, cluster: Object) -> None:
        """What an operator would have done at once."""
        cluster["status"] = {
            "phase": HEALTHY,
            "readyInstances": cluster["spec"]["instances"],
            "currentPrimary": f"{key.name}-1",
            "targetPrimary": f"{key.name}-1",
        }
        for number in range(1, cluster["spec"]["instances"] + 1):
            name = f"{key.name}-{number}"
            plugins = [{"name": "plugin-barman-cloud"} for plugin in cluster["spec"].get("plugins") or [] if plugin["name"] == PLUGIN]
            containers = [{"name": "postgres", "image": cluster["spec"].get("imageName")}, *plugins]
            labels = {"cnpg.io/podRole": "instance"}
            pod = {"metadata": {"name": name, "labels": labels}, "spec": {"containers": containers}}
            self.things[Reference("v1", "Pod", name, key.namespace)] = {**pod, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Postgres:
    """Answers by what a statement contains; says what it was asked, and where."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    def __call__(self, namespace: str, pod: str, container: str, argv: Sequence[str]) -> Ran:
        assert pod
        assert container
        said = " ".join(argv)
        self.asked.append((namespace, said))
        found = next((answer for part, answer in self.answers.items() if part in said), "")
        return Ran(1, "", found[1:]) if found.startswith("!") else Ran(0, found, "")


def session_of(api: Api, name: str = "shop", namespace: str = "n", **patience: t.Any) -> tuple[Session, Clock, list[str]]:
    """A session over it, its clock, and what it tells."""
    clock = Clock()
    told: list[str] = []
    found = Session(api, namespace, name, patience=Patience(**patience), clock=clock, sleep=clock.sleep, tell=told.append)
    return found, clock, told


def status_of(api: Api, name: str = "shop", namespace: str = "n") -> Object:
    """The status of a cluster, to play with."""
    found: Object = at(api.things[Reference("postgresql.cnpg.io/v1", "Cluster", name, namespace)], "status")
    return found
