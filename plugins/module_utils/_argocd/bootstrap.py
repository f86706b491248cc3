# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings Argo CD into a cluster, waits until it runs itself from Git, and gives up what was only there for the beginning."""

from __future__ import annotations

import contextlib
import functools
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._argocd import decide as d
from ansible_collections.groundwork.platform.plugins.module_utils._argocd.objects import FIRST
from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Applied, KubeError, Object, Reference, reference_of
from ansible_collections.groundwork.platform.plugins.module_utils._readiness import verdicts
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.model import READY, Verdict

APPLICATION = "argoproj.io/v1alpha1"
#: Owns what Argo CD never gets: the keys, and the first Application.
OWN = "groundwork"
ROUND_SECONDS = 2.0
COMPARE_SECONDS = 10.0
REFRESH = "argocd.argoproj.io/refresh"


class NotYet(Exception):
    """The time is over before Argo CD had brought the cluster to what Git says."""


@dataclass(frozen=True)
class Wanted:
    """``documents`` is the installation in order, ``keys`` are Secrets, ``root`` the first Application, ``ours`` the Applications of the tree."""

    version: str
    documents: tuple[Object, ...]
    keys: tuple[Object, ...] = field(repr=False)
    root: Object
    ours: tuple[str, ...]
    wait: float


@dataclass
class Result:
    """What was done, or would be."""

    action: str
    version_before: str
    changed: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Bootstrap:
    """One cluster. ``is_check``: everything is tried and nothing kept."""

    def __init__(self, kube: Kube, is_check: bool, clock: t.Callable[[], float] = time.monotonic, sleep: t.Callable[[float], None] = time.sleep) -> None:
        self._kube = kube
        self._is_check = is_check
        self._clock = clock
        self._sleep = sleep

    def run(self, wanted: Wanted) -> Result:
        """Do what is left to do. Raises KubeError and NotYet; a refusal is a Decision with problems, and nothing has been touched."""
        decision = self.decision(wanted)
        result = Result(decision.action, decision.version)
        if decision.action == d.REFUSE:
            result.warnings = list(decision.problems)
            return result
        if decision.action not in (d.KEEP, d.RELEASE):
            self._install(wanted, result)
        for document in (*wanted.keys, wanted.root):
            self._apply(document, OWN, result)
        if decision.action != d.KEEP and not self._is_check:
            self._wait_for_git(wanted.wait)
            self._release(wanted.documents, result)
        return result

    def decision(self, wanted: Wanted) -> d.Decision:
        """What follows from what is there."""
        missing = tuple(target for target in d.VITAL if self._get("apps/v1", target) is None)
        servers = tuple(found for found in self._kube.objects("apps/v1", "Deployment") if found["metadata"]["name"] == d.SERVER)
        applications = tuple(self._kube.objects(APPLICATION, "Application", d.NAMESPACE)) if self._kube.serves(APPLICATION, "Application") else ()
        found = [self._kube.get(self._reference(document)) for document in wanted.documents if self._is_served(document)]
        bootstrap_owns = any(document is not None and d.owns(document, d.BOOTSTRAP) for document in found)
        return d.decide(d.Observed(servers, applications, missing, bootstrap_owns), wanted.version, wanted.ours)

    def _install(self, wanted: Wanted, result: Result) -> None:
        first = [document for document in wanted.documents if document["kind"] in FIRST]
        rest = [document for document in wanted.documents if document["kind"] not in FIRST]
        for document in first:
            self._apply(document, d.BOOTSTRAP, result, force=True)
        self._wait_for([functools.partial(self._crd, document["metadata"]["name"]) for document in first if document["kind"] != "Namespace"], wanted.wait)
        for document in (*wanted.keys, *rest):
            self._apply(document, OWN if document in wanted.keys else d.BOOTSTRAP, result, force=True)
        workloads = [f"{document['kind']}/{document['metadata']['name']}" for document in rest if document["apiVersion"] == "apps/v1"]
        self._wait_for([functools.partial(self._workload, target) for target in workloads], wanted.wait)

    def _apply(self, document: Object, manager: str, result: Result, force: bool = False) -> None:
        document = self._placed(document)
        name = str(reference_of(document))
        try:
            applied = self._kube.apply(document, manager, force=force, dry_run=self._is_check)
        except KubeError as error:
            # A check cannot try what needs a namespace or a kind that only the real run makes.
            if not self._is_check or error.status != 404:
                raise
            applied = Applied(None, document, changed=True)
        result.warnings += [f"{name}: {warning}" for warning in applied.warnings]
        if applied.changed and name not in result.changed:
            result.changed.append(name)

    def _release(self, documents: t.Sequence[Object], result: Result) -> None:
        """Give up every field that Argo CD has applied as well. An object that it has not applied stays ours, so that nothing is lost."""
        for document in documents:
            found = self._kube.get(self._reference(document))
            if d.may_be_released(found):
                where = self._reference(document)
                metadata = {"name": where.name, **({"namespace": where.namespace} if where.namespace else {})}
                self._kube.apply({"apiVersion": where.api_version, "kind": where.kind, "metadata": metadata}, d.BOOTSTRAP)
                result.released.append(str(where))

    def _wait_for_git(self, seconds: float) -> None:
        try:
            self._wait_for([functools.partial(self._application, name) for name in (d.ROOT, d.SELF)], seconds, self._compare_again)
        except NotYet as problem:
            # The first Application only says that it waits for another one.
            below = [found["metadata"]["name"] for found in self._unsettled() if found["metadata"]["name"] != d.ROOT]
            looks = [self._application(name) for name in below]
            raise NotYet("; ".join([str(problem), *(f"{look.check} {look.text}" for look in looks)])) from problem

    def _unsettled(self) -> list[Object]:
        return [found for found in self._kube.objects(APPLICATION, "Application", d.NAMESPACE) if not d.settled(found)]

    def _compare_again(self) -> None:
        """Ask Argo CD to look at what is not as it should be. It hears of no change of a CRD, and would look by itself after minutes, wave by wave."""
        for found in self._unsettled():
            if REFRESH not in (found["metadata"].get("annotations") or {}):
                with contextlib.suppress(KubeError):  # it may have gone meanwhile; what is wrong with the cluster, the next look says
                    self._kube.patch(reference_of(found), {"metadata": {"annotations": {REFRESH: "normal"}}}, OWN)

    def _application(self, name: str) -> Verdict:
        verdict = verdicts.application(self._kube.get(Reference(APPLICATION, "Application", name, d.NAMESPACE)), name)
        return Verdict(f"Application {name}", verdict.state, verdict.text)

    def _wait_for(self, looks: t.Sequence[t.Callable[[], Verdict]], seconds: float, meanwhile: t.Callable[[], None] | None = None) -> None:
        if self._is_check:
            return
        until = self._clock() + seconds
        due = self._clock() + COMPARE_SECONDS
        for look in looks:
            while True:
                verdict = look()
                if verdict.state == READY:
                    break
                if self._clock() > until:
                    raise NotYet(f"{verdict.check} {verdict.text}, after {seconds:.0f} s")
                if meanwhile and self._clock() >= due:
                    meanwhile()
                    due = self._clock() + COMPARE_SECONDS
                self._sleep(ROUND_SECONDS)

    def _crd(self, name: str) -> Verdict:
        found = self._kube.get(Reference("apiextensions.k8s.io/v1", "CustomResourceDefinition", name))
        spec = (found or {}).get("spec", {})
        serves = any(self._kube.serves(f"{spec['group']}/{version['name']}", spec["names"]["kind"]) for version in spec.get("versions", []))
        return verdicts.crd(name, found, serves)

    def _workload(self, target: str) -> Verdict:
        return verdicts.workload(target, self._get("apps/v1", target))

    def _get(self, api_version: str, target: str) -> Object | None:
        kind, _slash, name = target.partition("/")
        return self._kube.get(Reference(api_version, kind, name, d.NAMESPACE))

    def _is_served(self, document: Object) -> bool:
        try:
            return self._kube.is_namespaced(document["apiVersion"], document["kind"]) is not None
        except KubeError as error:
            if error.reason != "NotServed":
                raise
            return False

    def _placed(self, document: Object) -> Object:
        """The vendor's files leave the namespace to whoever applies them."""
        if document["metadata"].get("namespace") or not self._is_served(document) or not self._kube.is_namespaced(document["apiVersion"], document["kind"]):
            return document
        return {**document, "metadata": {**document["metadata"], "namespace": d.NAMESPACE}}

    def _reference(self, document: Object) -> Reference:
        return reference_of(self._placed(document))
