# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore of a database may do: always into something new, and over something only where somebody has typed its name (pure)."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import Window
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.recovery import target_problems
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import did_you_mean

SCENARIOS = ("newest", "time", "table", "dump")
NAME = re.compile(r"[a-z]([-a-z0-9]{0,48}[a-z0-9])?")
DATABASE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
TABLE = re.compile(r"([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*")
#: What a new cluster has; CloudNativePG makes ``app``, whatever the matrix says.
INITIAL = ("app", "postgres", "template0", "template1")


@dataclasses.dataclass(frozen=True)
class Request:
    """What somebody asks for. Empty texts were not given."""

    environment: str
    cluster: str
    to: str
    scenario: str = "newest"
    target_time: str = ""
    database: str = ""
    table: str = ""
    overwrite: bool = False
    confirm: str = ""
    from_environment: str = ""
    dump: str = ""  # its key in the bucket; empty: the newest
    dumps: str = ""  # the folder of this environment's dumps in the bucket, which those of other environments lie in as well; empty: none are made

    @property
    def source(self) -> str:
        """The environment that the data is of."""
        return self.from_environment or self.environment


@dataclasses.dataclass(frozen=True)
class Site:
    """What the matrix says: environments in the order of promotion, clusters of this environment, files that mask data by cluster."""

    environments: Sequence[str]
    clusters: Mapping[str, Mapping[str, Any]]
    masking: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What would be done, or why it is not."""

    problems: tuple[str, ...]
    namespace: str = ""
    server: str = ""  # that is read
    masking: str = ""  # the file; empty: nothing is masked
    table: str = ""  # with its schema
    confirm: str = ""  # what has to be typed before something is overwritten


def plan(request: Request, site: Site, now: datetime.datetime) -> Plan:
    """Everything wrong at once; without problems everything that the playbook needs."""
    cluster = site.clusters.get(request.cluster)
    table = request.table if "." in request.table or not request.table else f"public.{request.table}"
    namespace = str(cluster["namespace"]) if cluster else ""
    typed = f"{namespace}/{request.cluster}/{request.database}/{table}"
    masking = site.masking.get(request.cluster, "") if _is_lower(request, site) else ""
    problems = [*_of_names(request, site), *_of_target(request, now), *_of_table(request, site, typed), *_of_dump(request, site), *_of_direction(request, site)]
    if problems:
        return Plan(tuple(problems), confirm=typed if request.overwrite else "")
    return Plan((), namespace, str(cluster["server"]) if cluster else "", masking, table, typed if request.overwrite else "")


def _of_names(request: Request, site: Site) -> Iterator[str]:
    if request.cluster not in site.clusters:
        yield f"{request.environment} has no PostgreSQL cluster {request.cluster!r}; {did_you_mean(request.cluster, site.clusters, 'there are')}"
    if request.scenario != "dump":
        yield from of_new_cluster(request.to, site.clusters)


def of_new_cluster(name: str, clusters: Collection[str]) -> Iterator[str]:
    """Why nothing can be restored under this name beside the clusters of the matrix."""
    if not NAME.fullmatch(name):
        yield f"{name!r} cannot be the name of the new cluster: give -e to=NAME, lower case with hyphens"
    elif name in clusters:
        yield f"{name} is a cluster of the matrix, and a restore goes into a new one only: give another name"


def _of_target(request: Request, now: datetime.datetime) -> Iterator[str]:
    if request.scenario not in SCENARIOS:
        yield f"there is no scenario {request.scenario!r}; {did_you_mean(request.scenario, SCENARIOS, 'there are')}"
    if request.scenario == "time" and not request.target_time:
        yield "scenario time needs -e target_time, such as 2026-11-22T10:15:00+01:00"
    if request.scenario in ("newest", "dump") and request.target_time:
        yield f"scenario {request.scenario} takes no target_time: give -e scenario=time"
    if request.target_time:
        # Whether the archive reaches back that far is asked from the archive itself.
        known = Window(first=datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC))
        yield from (f"{problem.reason}: {problem.remedy}" for problem in target_problems({"target_time": request.target_time}, known, now))


def _of_table(request: Request, site: Site, typed: str) -> Iterator[str]:
    if request.scenario != "table":
        if request.overwrite:
            yield "only a single table can be put over another one; a whole cluster is restored beside the old one, and applications are pointed at it"
        return
    databases = site.clusters.get(request.cluster, {}).get("databases", [])
    if databases and request.database not in databases:
        yield f"{request.cluster} has no database {request.database!r}; {did_you_mean(request.database, databases, 'there are')}"
    if not TABLE.fullmatch(request.table):
        yield f"{request.table!r} is no table: give -e table=NAME or SCHEMA.NAME"
    if request.overwrite and request.confirm != typed:
        yield f"putting the table over the present one has to be confirmed with -e confirm={typed}"


def _of_dump(request: Request, site: Site) -> Iterator[str]:
    """A dump goes into a new database of its cluster; what is there is never overwritten."""
    if request.scenario != "dump":
        if request.dump:
            yield "-e dump=KEY belongs to scenario dump"
        return
    databases = site.clusters.get(request.cluster, {}).get("databases", [])
    if request.cluster in site.clusters and request.database not in databases:
        yield f"{request.cluster} has no database {request.database!r}; {did_you_mean(request.database, databases, 'there are')}"
    if not DATABASE.fullmatch(request.to):
        yield f"{request.to!r} cannot be the name of the new database: give -e to=NAME, lower case with underscores"
    elif request.to in databases or request.to in INITIAL:
        yield f"{request.to} is a database of {request.cluster}, and a dump goes into a new one only: give another name"
    own = f"{request.dumps}/{request.cluster}/{request.database}/"
    if not request.dumps:
        yield f"{request.environment} makes no dumps: add a row postgres-dump with a bucket to backup.schedule"
    elif request.dump and (not request.dump.startswith(own) or "/" in request.dump.removeprefix(own)):
        yield f"{request.dump} is no dump of {request.cluster}/{request.database} of {request.environment}: their keys begin with {own}"


def _of_direction(request: Request, site: Site) -> Iterator[str]:
    if request.source not in site.environments:
        yield f"there is no environment {request.source!r}; {did_you_mean(request.source, site.environments, 'there are')}"
    elif request.source != request.environment and request.scenario in ("table", "dump"):
        yield f"a single {request.scenario} is restored within its environment only; restore the whole cluster, masked, and take it from there"
    elif request.source != request.environment and not _is_lower(request, site):
        yield f"{request.source} comes before {request.environment}: from_environment names a later one, whose data comes masked"
    elif _is_lower(request, site) and not site.masking.get(request.cluster):
        yield (
            f"data of {request.source} goes into {request.environment} only masked, and the matrix names no file for {request.cluster}: "
            f"set databases.postgresql.{request.cluster}.masking"
        )


def _is_lower(request: Request, site: Site) -> bool:
    """Whether data would go from a later environment into an earlier one."""
    order = list(site.environments)
    return request.source in order and request.environment in order and order.index(request.source) > order.index(request.environment)
