# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A double of Argo CD's controller: it looks at a real repository and writes the status of real or doubled Application objects.

It applies nothing. What a release does once it "runs" is said by the test (``health``). Argo CD itself is in tests/twin.
"""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.waiting import ROOT

#: (component, release, seconds since it runs) → health; component and release are "" for the root.
Health = Callable[[str, str, float], str]


class ArgoDouble:
    """One environment's Argo CD. ``write`` stores an Application, ``read`` gives it back; ``dead`` is what the test does to it.

    ``broken`` is the error of Applications, by name, whose tree cannot be had or built. What leaves Git stays, and the root's sync waits,
    until a test adds its name to ``confirmed``.
    """

    def __init__(
        self, environment: str, bare: Path, url: str, write: Callable[[dict[str, Any]], object], read: Callable[[str], dict[str, Any]] | None = None
    ) -> None:
        self.environment = environment
        self.bare = bare
        self.url = url
        self.dead = False
        self.lag = 0
        self.health: Health = lambda _component, _release, _seconds: "Healthy"
        self.broken: dict[str, str] = {}
        self.confirmed: set[str] = set()
        self._write = write
        self._read = read or (lambda _name: {})
        self._had: set[str] = set()
        self._leaving: list[str] = []
        self._waits: list[str] = []
        self._operation: dict[str, Any] = {}
        self._since: dict[str, tuple[str, str]] = {}
        self._seen: tuple[str, list[tuple[dict[str, Any], str]]] = ("", [])

    def look(self, now: datetime.datetime) -> None:
        """Compare every Application with the tip of the branch, and sync what differs at once."""
        if self.dead:
            return
        if self.lag:
            self.lag -= 1
            return
        tip = (self.bare / "refs/heads/main").read_text().strip()
        if tip != self._seen[0]:
            self._seen = (tip, list(self._wanted(tip)))
        names = {wanted["metadata"]["name"] for wanted, _release in self._seen[1]}
        self._had = (self._had - self.confirmed) | names
        self._leaving = sorted(self._had - names)
        self._sync(self._leaving, tip)
        for wanted, release in self._seen[1]:
            self._write(wanted | {"status": self._status(wanted, release, tip, now)})

    def _sync(self, leaving: list[str], tip: str) -> None:
        """The root's sync. One that waits for a confirmation goes on until it gets that or is ended, whatever comes meanwhile."""
        stored = self._read(ROOT).get("status", {}).get("operationState", {})
        if self._operation.get("phase") == "Running":
            if stored.get("phase") == "Terminating":
                self._operation |= {"phase": "Failed", "message": "Operation terminated"}
                return
            if not set(self._waits) <= self.confirmed:
                return
        result = {"source": {"repoURL": self.url}, "revision": tip}
        self._waits = leaving
        self._operation = {"phase": "Succeeded", "syncResult": result}
        if leaving:
            message = f"waiting for pruning confirmation of argoproj.io/Application/{leaving[0]}"
            self._operation |= {"phase": "Running", "message": message}

    def _wanted(self, tip: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Every Application as it stands in Git, with the release that the lock says."""
        folder = f"kubernetes/environments/{self.environment}"
        lock = yaml.safe_load(self._git("show", f"{tip}:{folder}/promotion.lock.yaml"))["components"]
        for name in [ROOT, *sorted(lock)]:
            path = f"kubernetes/bootstrap/{self.environment}.yaml" if name == ROOT else f"{folder}/applications/{name}.yaml"
            yield yaml.safe_load(self._git("show", f"{tip}:{path}")), "" if name == ROOT else lock[name]["release"]

    def _status(self, wanted: dict[str, Any], release: str, tip: str, now: datetime.datetime) -> dict[str, Any]:
        name = wanted["metadata"]["name"]
        moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        if self._since.get(name, ("", ""))[0] != release or name not in self._since:
            self._since[name] = (release, moment)
        since = self._since[name][1]
        seconds = (now - datetime.datetime.fromisoformat(since)).total_seconds()
        spec = wanted["spec"]
        sources = spec.get("sources")
        revisions = [source["targetRevision"] if "chart" in source else tip for source in sources] if sources else None
        compared = {"comparedTo": {"sources": sources}, "revisions": revisions} if sources else {"comparedTo": {"source": spec["source"]}, "revision": tip}
        health = self.health("" if name == ROOT else name, release, seconds)
        if name in self.broken:
            nothing = {"comparedTo": {"sources": sources}, "revisions": []} if sources else {**compared, "revision": "main"}
            condition = {
                "type": "ComparisonError",
                "message": f"Failed to load target state: failed to generate manifest for source 1 of 1: {self.broken[name]}",
            }
            return {"sync": {"status": "Unknown", **nothing}, "health": {"status": "Healthy"}, "conditions": [condition]}
        if name == ROOT:
            gone = [{"kind": "Application", "name": name, "status": "OutOfSync", "requiresPruning": True} for name in self._leaving]
            return {
                "sync": {"status": "OutOfSync" if gone else "Synced", **compared},
                "health": {"status": health},
                "reconciledAt": moment,
                "operationState": dict(self._operation),
                "resources": gone,
            }
        return {
            "sync": {"status": "Synced", **compared},
            "health": {"status": health, "lastTransitionTime": since},
            "reconciledAt": moment,
            "history": [{"deployedAt": since}],
            "operationState": {"phase": "Succeeded"},
            "resources": [] if health == "Healthy" else [{"kind": "Deployment", "name": name, "status": "Synced", "health": {"status": health}}],
        }

    def _git(self, *arguments: str) -> str:
        return subprocess.run(["git", "-C", str(self.bare), *arguments], check=True, capture_output=True, text=True).stdout
