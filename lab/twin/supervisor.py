# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""The one process under which a twin runs: first process of its own PID, mount and network namespaces.

Started by lab.twin.lifecycle as ``python -m lab.twin.supervisor STATE_FOLDER`` below unshare(1). When it dies, however it
dies, the kernel ends everything in the twin; only control groups and files are left, which the next up or down sweeps.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from lab.twin import namespaces, network
from lab.twin.cgroups import TwinCgroups
from lab.twin.control import Control
from lab.twin.paths import TwinPaths
from lab.twin.services import Services
from lab.twin.site import SimulatedSite
from lab.twin.spec import read_spec

LOG = logging.getLogger(__name__)


async def supervise(paths: TwinPaths) -> None:
    """Build the twin, say that it is ready, and serve commands until the process is killed."""
    spec = read_spec(paths.spec)
    network.build(spec)
    services = Services(spec, paths)
    await services.start()
    site = SimulatedSite(spec, paths)
    await site.start()
    control = Control(site, services)
    await control.serve(paths.control)
    LOG.info("ready")
    await asyncio.Event().wait()


def main() -> None:
    """Entry point: the first process reaps orphans, its child does the work."""
    paths = TwinPaths(Path(sys.argv[1]))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    cgroups = TwinCgroups(paths.name)
    cgroups.create("supervisor")
    cgroups.enter("supervisor")
    worker = os.fork()
    if worker:
        namespaces.reap_until(worker)
    else:
        namespaces.isolate(paths, read_spec(paths.spec).domain)
        asyncio.run(supervise(paths))


if __name__ == "__main__":
    main()
