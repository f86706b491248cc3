# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two vCenters, three hosts, nine machines.

The vCenters are simulated and on this machine: the number of calls is what counts, the seconds are without a network.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from lab.twin.artefacts import build
from tests.bench.model import Figure, seconds
from tests.integration.vsphere.certificate import self_signed
from tests.integration.vsphere.simulated import VCenter
from tests.integration.vsphere.site import Site, arguments, vcenter_spec


def measure() -> list[Figure]:
    """Create nine machines, then verify them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate = self_signed(folder)
        a, old = (VCenter(name, vcenter_spec(name), folder / name, build("vcsim") / "vcsim", certificate) for name in ("vcenter-a", "vcenter-old"))
        try:
            a.start()
            old.start()
            site = Site(a, old, arguments(a, old, certificate[0]), folder)
            results: list[dict[str, Any]] = []
            creating = seconds(lambda: results.append(site.ok()))
            verifying = seconds(lambda: results.append(site.ok()))
        finally:
            a.stop()
            old.stop()
    created, verified = (sum(counted["total"] for counted in result["rpc"].values()) for result in results)
    return [
        Figure("both vCenters read, nine machines verified: calls", verified, "calls", 20),
        Figure("both vCenters read, nine machines verified", verifying, "s"),
        Figure("nine machines created and switched on: calls", created, "calls"),
        Figure("nine machines created and switched on", creating, "s"),
    ]
