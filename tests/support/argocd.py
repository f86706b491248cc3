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
    """One environment's Argo CD. ``write`` stores an Application; ``dead`` is what the test does to it."""

    def __init__(self, environment: str, bare: Path, url: str, write: Callable[[dict[str, Any]], object]) -> None:
        self.environment = environment
        self.bare = bare
        self.url = url
        self.dead = False
        self.lag = 0
        self.health: Health = lambda _component, _release, _seconds: "Healthy"
        self._write = write
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
        for wanted, release in self._seen[1]:
            self._write(wanted | {"status": self._status(wanted, release, tip, now)})

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
