# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to a Kubernetes API and what comes back (pure data and functions over it)."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

Object = dict[str, t.Any]

LONGEST_DELAY = 8.0
# Written by the API server on every change, or by others than the manager whose fields are compared.
VOLATILE = ("creationTimestamp", "generation", "resourceVersion", "uid")


@dataclass(frozen=True)
class Reference:
    """One object. ``namespace`` is empty for what belongs to no namespace."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Answer:
    """What the API server answered to one request."""

    status: int
    body: bytes = b""
    headers: t.Mapping[str, str] = field(default_factory=dict)

    def json(self) -> t.Any:
        """The body as JSON, None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class KubeError(Exception):
    """The API server refused something, or could not be asked. ``status`` 0: there was no answer; ``reason`` is Kubernetes's word for it."""

    def __init__(self, place: str, message: str, status: int = 0, reason: str = "") -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message
        self.status = status
        self.reason = reason


class Unanswered(KubeError):
    """No answer came. ``sent`` says that the request may have been carried out all the same."""

    def __init__(self, place: str, message: str, sent: bool) -> None:
        super().__init__(place, message)
        self.sent = sent


def passes(problem: KubeError) -> bool:
    """Whether whoever waits may ask again: no answer, or that of a server which is starting, overloaded or without a leader of etcd."""
    return problem.status in (0, 429) or problem.status >= 500


@dataclass(frozen=True)
class Applied:
    """What an apply changed: the object before (None: there was none) and after it, and the API server's warnings."""

    before: Object | None
    after: Object
    changed: bool
    warnings: tuple[str, ...] = ()


def reference_of(document: Object) -> Reference:
    """The reference of an object."""
    metadata = document["metadata"]
    return Reference(document["apiVersion"], document["kind"], metadata["name"], metadata.get("namespace", ""))


def group_path(api_version: str) -> str:
    """Where an API version is served."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def error_of(place: str, answer: Answer) -> KubeError:
    """The API server's own words, or what it sent instead of them."""
    status = answer.json()
    if isinstance(status, dict) and status.get("kind") == "Status":
        return KubeError(place, str(status.get("message") or status.get("reason") or answer.status), answer.status, str(status.get("reason") or ""))
    text = answer.body.decode("utf-8", "replace").strip()[:500]
    return KubeError(place, f"HTTP {answer.status} {text}".strip(), answer.status)


def delay(answer: Answer | None, attempt: int) -> float | None:
    """Seconds until a request is repeated, None where repeating it helps nothing. No ``answer``: the connection broke."""
    if answer is not None and answer.status not in (429, 503):
        return None
    wished = next((value for name, value in answer.headers.items() if name.lower() == "retry-after"), "") if answer else ""
    if wished.isdigit():
        return min(float(wished), LONGEST_DELAY)
    return t.cast(float, min(0.25 * 2**attempt, LONGEST_DELAY))


def owned(document: Object, manager: str) -> Object:
    """What an apply by ``manager`` can change of an object: everything but status, counters, and other managers' field lists."""
    kept = {key: value for key, value in document.items() if key != "status"}
    metadata = {key: value for key, value in document.get("metadata", {}).items() if key not in VOLATILE}
    fields = [
        {key: value for key, value in entry.items() if key != "time"}
        for entry in metadata.pop("managedFields", [])
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource")
    ]
    return {**kept, "metadata": {**metadata, "managedFields": fields}}
