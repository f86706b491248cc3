# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two vCenters, three hosts, nine machines.

The vCenters are simulated and on this machine: the number of calls is what counts, the seconds are without a network.
The comparison puts 20 ms between the vCenters and whoever calls them.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.twin.artefacts import build
from tests.bench import peers
from tests.bench.latency import distant
from tests.bench.model import CHECKOUT, Figure, seconds
from tests.integration.vsphere.certificate import self_signed
from tests.integration.vsphere.simulated import VCenter
from tests.integration.vsphere.site import Site, arguments, vcenter_spec
from tests.support.ports import reserved

AWAY_MILLISECONDS = 20


@contextlib.contextmanager
def fresh() -> Iterator[Site]:
    """Two empty vCenters."""
    with tempfile.TemporaryDirectory() as name, reserved(2) as ports:
        folder = Path(name)
        certificate = self_signed(folder)
        names = zip(("vcenter-a", "vcenter-old"), ports, strict=True)
        a, old = (VCenter(name, vcenter_spec(name), folder / name, build("vcsim") / "vcsim", certificate, port) for name, port in names)
        try:
            a.start()
            old.start()
            yield Site(a, old, arguments(a, old, certificate[0]), folder)
        finally:
            a.stop()
            old.stop()


def measure() -> list[Figure]:
    """Create nine machines, then verify them; then create them once more, far away, beside how others do it."""
    with fresh() as site:
        results: list[dict[str, Any]] = []
        creating = seconds(lambda: results.append(site.ok()))
        verifying = seconds(lambda: results.append(site.ok()))
    created, verified = (sum(counted["total"] for counted in result["rpc"].values()) for result in results)
    return [
        Figure("both vCenters read, nine machines verified: calls", verified, "calls", 20),
        Figure("both vCenters read, nine machines verified", verifying, "s"),
        Figure("nine machines created and switched on: calls", created, "calls", 60),
        Figure("nine machines created and switched on", creating, "s"),
        *compared(),
    ]


def compared() -> list[Figure]:
    """Nine machines in vCenters that are 20 ms away: one task of ours, and a loop over community.vmware."""
    peers.collections()
    away = f"vCenters {AWAY_MILLISECONDS} ms away, nine machines created and switched on"
    with fresh() as site, far(site) as ports:
        for vcenter in site.arguments["vcenters"]:
            vcenter["port"] = ports[vcenter["name"]]
        task = {"name": "Create", "groundwork.platform.vsphere_vm_placement": site.arguments}
        ours = seconds(lambda: peers.play(site.folder, [task], CHECKOUT / ".build/collections"))
        assert len(site.machines()) == len(site.arguments["vms"])
    with fresh() as site, far(site) as ports:
        theirs = seconds(lambda: peers.create(site.arguments, ports, site.folder))
        assert len(site.machines()) == len(site.arguments["vms"])
        calls = sum(site.a.calls().values()) + sum(site.old.calls().values())
    return [
        Figure(away, ours, "s"),
        Figure("the same by a loop over community.vmware.vmware_guest", theirs, "s"),
        Figure("the same: calls", calls, "calls"),
        Figure("relation of the two", ours / theirs, "×", 0.1),
    ]


@contextlib.contextmanager
def far(site: Site) -> Iterator[dict[str, int]]:
    """Ports behind which the vCenters of a site are far away, by their names."""
    with distant(site.a.port, AWAY_MILLISECONDS) as a, distant(site.old.port, AWAY_MILLISECONDS) as old:
        yield {site.a.name: a, site.old.name: old}
