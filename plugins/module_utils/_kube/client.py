# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects by kind over one connection: requests that the API server was too busy for, or that broke off, are repeated."""

from __future__ import annotations

import json
import time
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import (
    Answer,
    Applied,
    KubeError,
    Object,
    Reference,
    Unanswered,
    delay,
    error_of,
    group_path,
    owned,
    reference_of,
)

REQUEST_SECONDS = 30.0
PATIENCE_SECONDS = 30.0
PAGE = "500"
MERGE_PATCH = "application/merge-patch+json"


class Sender(t.Protocol):
    """What answers requests: a Connection, or a test."""

    def send(self, method: str, path: str, query: t.Mapping[str, str], body: bytes, content_type: str, seconds: float) -> Answer:
        """One request; raises Unanswered."""


class Kube:
    """One cluster's API. ``patience`` is for how long requests are repeated; an interrupted create is not, as it may have been carried out."""

    def __init__(
        self,
        sender: Sender,
        patience: float = PATIENCE_SECONDS,
        clock: t.Callable[[], float] = time.monotonic,
        sleep: t.Callable[[float], None] = time.sleep,
    ) -> None:
        self._sender = sender
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._resources: dict[str, dict[str, Object]] = {}

    def ask(self, method: str, path: str, query: t.Mapping[str, str] | None = None, body: t.Any = None, content_type: str = "application/json") -> Answer:
        """The answer to a request, whatever its status; the way to non-resource paths and to Services through the API server's proxy."""
        content = b"" if body is None else json.dumps(body).encode()
        until = self._clock() + self._patience
        attempt = 0
        while True:
            answer: Answer | None = None
            try:
                answer = self._sender.send(method, path, query or {}, content, content_type if content else "", REQUEST_SECONDS)
                pause = delay(answer, attempt)
            except Unanswered as problem:
                pause = None if problem.sent and method == "POST" else delay(None, attempt)
                if pause is None or self._clock() + pause > until:
                    raise
            if answer is not None and (pause is None or self._clock() + pause > until):
                return answer
            self._sleep(t.cast(float, pause))
            attempt += 1

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether the API server serves a kind, now."""
        self._resources.pop(api_version, None)
        return kind in self._kinds(api_version)

    def is_namespaced(self, api_version: str, kind: str) -> bool:
        """Whether objects of a kind live in namespaces. Raises KubeError for a kind that is not served."""
        return bool(self._resource(api_version, kind)["namespaced"])

    def get(self, wanted: Reference) -> Object | None:
        """An object, or None where there is none or its kind is not served."""
        try:
            path = self._path(wanted.api_version, wanted.kind, wanted.namespace, wanted.name)
        except KubeError as problem:
            if problem.reason == "NotServed":
                return None
            raise
        answer = self.ask("GET", path)
        return None if answer.status == 404 else self._document(answer, str(wanted))

    def objects(self, api_version: str, kind: str, namespace: str = "", selector: str = "") -> list[Object]:
        """All objects of a kind, in one namespace or in all."""
        path = self._path(api_version, kind, namespace)
        query = {"limit": PAGE, **({"labelSelector": selector} if selector else {})}
        items: list[Object] = []
        while True:
            page = self._document(self.ask("GET", path, query), f"the list of {kind}")
            # items of a list do not say of what kind they are
            items += [{"apiVersion": api_version, "kind": kind, **item} for item in page.get("items") or []]
            token = page.get("metadata", {}).get("continue")
            if not token:
                return items
            query["continue"] = token

    def apply(self, document: Object, manager: str, force: bool = False, dry_run: bool = False) -> Applied:
        """Server-side apply. Without ``force`` a field that another manager owns is a KubeError of status 409 whose message names the manager."""
        wanted = reference_of(document)
        path = self._path(wanted.api_version, wanted.kind, wanted.namespace, wanted.name)
        before = self.get(wanted)
        query = {"fieldManager": manager, "force": "true" if force else "false", "fieldValidation": "Strict", **_dry(dry_run)}
        answer = self.ask("PATCH", path, query, document, "application/apply-patch+yaml")
        after = self._document(answer, str(wanted))
        return Applied(before, after, before is None or owned(before, manager) != owned(after, manager), warnings_of(answer))

    def create(self, document: Object, manager: str, dry_run: bool = False) -> Object:
        """Create an object; one that exists is a KubeError of status 409."""
        wanted = reference_of({**document, "metadata": {"name": document["metadata"].get("generateName", ""), **document["metadata"]}})
        path = self._path(wanted.api_version, wanted.kind, wanted.namespace)
        return self._document(self.ask("POST", path, {"fieldManager": manager, "fieldValidation": "Strict", **_dry(dry_run)}, document), str(wanted))

    def patch(self, wanted: Reference, change: Object, manager: str, subresource: str = "", dry_run: bool = False) -> Object:
        """Merge a change into an object that exists, or into its ``subresource``; a resourceVersion in the change makes it conditional."""
        path = self._path(wanted.api_version, wanted.kind, wanted.namespace, wanted.name) + (f"/{subresource}" if subresource else "")
        return self._document(self.ask("PATCH", path, {"fieldManager": manager, **_dry(dry_run)}, change, MERGE_PATCH), str(wanted))

    def delete(self, wanted: Reference, propagation: str = "Background", dry_run: bool = False) -> bool:
        """Delete an object; whether there was one. Its end is not waited for."""
        path = self._path(wanted.api_version, wanted.kind, wanted.namespace, wanted.name)
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation, **({"dryRun": ["All"]} if dry_run else {})}
        answer = self.ask("DELETE", path, None, options)  # beside options in a body those of the query do not count
        if answer.status == 404:
            return False
        self._document(answer, str(wanted))
        return True

    def _path(self, api_version: str, kind: str, namespace: str, name: str = "") -> str:
        resource = self._resource(api_version, kind)
        path = group_path(api_version)
        if namespace and resource["namespaced"]:
            path += f"/namespaces/{namespace}"
        return f"{path}/{resource['name']}" + (f"/{name}" if name else "")

    def _resource(self, api_version: str, kind: str) -> Object:
        resource = self._kinds(api_version).get(kind)
        if resource is None:
            self._resources.pop(api_version, None)  # perhaps it has come since
            resource = self._kinds(api_version).get(kind)
        if resource is None:
            raise KubeError(f"{api_version} {kind}", "the API server does not serve this kind", 404, "NotServed")
        return resource

    def _kinds(self, api_version: str) -> dict[str, Object]:
        if api_version not in self._resources:
            answer = self.ask("GET", group_path(api_version))
            if answer.status == 404:
                return {}
            found = self._document(answer, f"the kinds of {api_version}").get("resources") or []
            self._resources[api_version] = {item["kind"]: item for item in found if "/" not in item["name"]}
        return self._resources[api_version]

    def _document(self, answer: Answer, place: str) -> Object:
        document = answer.json()
        if answer.status >= 300 or not isinstance(document, dict):
            raise error_of(place, answer)
        return document


def warnings_of(answer: Answer) -> tuple[str, ...]:
    """The warnings of an answer: ``299 - "text"`` each."""
    found = next((value for name, value in answer.headers.items() if name.lower() == "warning"), "")
    return tuple(part for part in found.split('"')[1::2] if part)


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}
