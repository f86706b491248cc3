# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore of a MariaDB may do: always into a new cluster, and only with dumps of its own environment (pure)."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.backups import target_problems
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import TRIAL
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.restore import of_new_cluster
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import did_you_mean


@dataclasses.dataclass(frozen=True)
class Request:
    """What somebody asks for. Empty texts were not given."""

    environment: str
    mariadb: str
    to: str
    target_time: str = ""
    from_environment: str = ""
    overwrite: bool = False


def problems(request: Request, clusters: Mapping[str, Mapping[str, Any]], now: datetime.datetime) -> Iterator[str]:
    """Everything wrong at once. ``clusters``: items of mariadb_clusters by name."""
    if request.mariadb not in clusters:
        yield f"{request.environment} has no MariaDB {request.mariadb!r}; {did_you_mean(request.mariadb, clusters, 'there are')}"
    elif not clusters[request.mariadb].get("backup"):
        yield f"{request.mariadb} has no dumps: add a row mariadb with a bucket to backup.schedule"
    yield from of_new_cluster(request.to, clusters)
    if request.to.endswith(TRIAL):
        yield f"{request.to} is the name of a scratch server, which a drill makes and removes: give one that does not end in {TRIAL}"
    if request.overwrite:
        yield "a cluster is never overwritten: it is restored beside the old one, and the application is pointed at it"
    if request.from_environment not in ("", request.environment):
        yield f"data of {request.from_environment} does not go into {request.environment}: nothing masks a MariaDB on its way (only PostgreSQL has that)"
    yield from (f"{problem.reason}: {problem.remedy}" for problem in target_problems(request.target_time, now))
