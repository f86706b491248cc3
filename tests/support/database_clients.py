# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works with a database in a twin: a client that counts what was acknowledged, and the part that enlarges volumes."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import subprocess
import time
import typing as t

from tests.support.background import repeated
from tests.support.databases import NAMESPACE, Databases

#: What the writing client does: a row, and the word that it was acknowledged; without one the next number is tried. A host that lost its power
#: says nothing more, and a client alone would wait for hours.
LOOP = """
i=$LAST
while :; do
  i=$((i+1))
  if timeout 10 psql -X -q -c "INSERT INTO written VALUES ($i)" 2>/dev/null; then echo "ack $i $(date +%s.%N)"; else sleep 0.2; fi
done
"""


class Writer:
    """A client that writes numbered rows from a pod and says which of them were acknowledged, and when."""

    def __init__(self, site: Databases, node: str, cluster: str = "shop") -> None:
        self._site, self._cluster = site, cluster
        self._name = f"writer-{int(time.time())}"
        self._node = node
        self.acknowledged: list[tuple[int, float]] = []

    def __enter__(self) -> t.Self:
        self._site.sql("CREATE TABLE IF NOT EXISTS written (id bigint PRIMARY KEY); GRANT ALL ON written TO app")
        first = str(self._site.sql("SELECT coalesce(max(id), 0) FROM written"))
        secret = {"valueFrom": {"secretKeyRef": {"name": f"{self._cluster}-app", "key": "password"}}}
        settings = {
            "PGHOST": f"{self._cluster}-rw",
            "PGUSER": "app",
            "PGDATABASE": "app",
            "PGCONNECT_TIMEOUT": "3",
            "PGOPTIONS": "-c statement_timeout=20s",
            "LAST": first,
        }
        environment = [{"name": "PGPASSWORD", **secret}, *({"name": key, "value": value} for key, value in settings.items())]
        container = {"name": "writer", "image": self._site.image, "command": ["sh", "-c", LOOP], "env": environment}
        spec = {"nodeName": self._node, "restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [container]}
        self._site.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": self._name, "namespace": NAMESPACE}, "spec": spec})
        self._begun()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            before = len(self._read())
            self._site.until("more rows afterwards", lambda: len(self._read()) > before + 20)
            self.acknowledged = self._read()
        finally:
            self._remove()

    def _begun(self) -> None:
        try:
            self._site.until("the first rows", lambda: len(self._read()) > 20)
        except AssertionError:
            self._remove()
            raise

    def _remove(self) -> None:
        self._site.kubectl("-n", NAMESPACE, "delete", "pod", self._name, "--wait=true")

    def _read(self) -> list[tuple[int, float]]:
        text = self._site.kubectl("-n", NAMESPACE, "logs", self._name)
        return [(int(number), float(when)) for number, when in re.findall(r"^ack (\d+) ([\d.]+)$", text, re.MULTILINE)]

    def longest_gap(self) -> float:
        """Seconds between two acknowledged rows that follow each other."""
        times = [when for _number, when in self.acknowledged]
        return max(later - earlier for earlier, later in itertools.pairwise(times))

    def lost(self) -> set[int]:
        """Rows that were acknowledged and are not there."""
        there = {int(number) for number in self._site.sql("SELECT id FROM written").split()}
        return {number for number, _when in self.acknowledged} - there


def volumes_that_grow(site: Databases) -> contextlib.AbstractContextManager[None]:
    """Plays the part that enlarges volumes: local volumes have no limit, so only the API's objects grow."""
    site.kubectl("patch", "storageclass", "local-path", "--type", "merge", "-p", '{"allowVolumeExpansion":true}')

    def grow() -> None:
        for claim in json.loads(site.kubectl("-n", NAMESPACE, "get", "pvc", "-o", "json"))["items"]:
            wanted, name = claim["spec"]["resources"]["requests"]["storage"], claim["metadata"]["name"]
            if claim.get("status", {}).get("capacity", {}).get("storage") not in (None, wanted):
                size = json.dumps({"spec": {"capacity": {"storage": wanted}}})
                site.kubectl("patch", "pv", claim["spec"]["volumeName"], "--type", "merge", "-p", size)
                status = json.dumps({"status": {"capacity": {"storage": wanted}, "conditions": []}})
                site.kubectl("-n", NAMESPACE, "patch", "pvc", name, "--subresource", "status", "--type", "merge", "-p", status)

    return repeated(grow, 1, AssertionError, subprocess.TimeoutExpired)
