# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Structure of the matrix: PostgreSQL clusters, and what is in them. Their backups are rows of backup.schedule."""

from __future__ import annotations

from typing import Annotated, Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_checks import PostgresqlCheck
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_mariadb import Mariadb, MariadbOwn
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Owner, Quantity

NAME = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"
SQL_NAME = r"^[a-z_][a-z0-9_]*$"
Label = Annotated[str, Field(pattern=NAME)]
SqlName = Annotated[str, Field(pattern=SQL_NAME)]
#: Longhorn's own class, replicated over the nodes, and the one with a copy beside each instance, which render makes where a database names it.
REPLICATED, SINGLE_COPY = "longhorn", "longhorn-pg"
Settings = Annotated[dict[str, str], Field(description="PostgreSQL's parameters; each value is a text.")]


class Volume(Part):
    """A volume of each instance."""

    size: Annotated[Quantity, Field(description="Size such as 20Gi. It can grow and never shrinks.")]
    storage_class: Annotated[
        str | None, Field(description="Storage class; null = the cluster's default, longhorn-pg = one copy beside each instance. It cannot be changed later.")
    ] = None


class Synchronous(Part):
    """Writes are acknowledged once replicas have them."""

    number: Annotated[int, Field(ge=1, description="How many replicas have to confirm a write.")] = 1
    durability: Annotated[
        Literal["required", "preferred"],
        Field(description="required: writes wait for as long as no replica can confirm; preferred: they go on, and may be lost."),
    ]


class Role(Part):
    """A role that logs in with the password in Secret <role>-credentials (keys username and password) of the cluster's namespace."""

    in_roles: Annotated[list[SqlName], Field(description="Roles that it is a member of.")] = []
    createdb: Annotated[bool, Field(description="Whether it may create databases.")] = False
    connection_limit: Annotated[int, Field(ge=-1, description="Most connections at a time; -1 = no limit.")] = -1


class Database(Part):
    """A database in the cluster."""

    owner: Annotated[SqlName, Field(description="Role of the cluster that owns it.")]
    extensions: Annotated[list[str], Field(description="Extensions that are made in it.")] = []


class Pooler(Part):
    """PgBouncer in front of the cluster."""

    type: Annotated[Literal["rw", "ro"], Field(description="rw leads to the primary, ro to replicas.")] = "rw"
    instances: Annotated[int, Field(ge=1, description="How many.")] = 2
    mode: Annotated[Literal["session", "transaction"], Field(description="For how long a client keeps a connection.")] = "session"
    parameters: Annotated[dict[str, str], Field(description="Settings of PgBouncer.")] = {}


class PostgresqlCluster(Part):
    """A PostgreSQL cluster of CloudNativePG, in every environment."""

    namespace: Annotated[Label, Field(description="Namespace of the cluster, its backups and its Secrets.")] = "databases"
    image: Annotated[
        str | None, Owner("5", "image of PostgreSQL, with its exact version"), Field(description="Image with an exact version, better with its digest.")
    ] = None
    instances: Annotated[int, Field(ge=1, description="Primary and replicas, each on a node of its own.")] = 3
    storage: Annotated[Volume | None, Owner("5", "size of PostgreSQL's volumes"), Field(description="Volume for data.")] = None
    wal_storage: Annotated[Volume | None, Field(description="Volume for WAL, so that WAL that cannot be archived does not fill the data's.")] = None
    memory: Annotated[Quantity | None, Field(description="Memory of each instance, requested and the limit.")] = None
    cpus: Annotated[Quantity | None, Field(description="Processors of each instance, requested and the limit.")] = None
    parameters: Settings = {}
    synchronous: Annotated[Synchronous | None, Field(description="Synchronous replication; null: a failover can lose acknowledged writes.")] = None
    supervised: Annotated[
        bool, Field(description="true: after an update the operator waits for a person to hand the primary over; else it does so by itself.")
    ] = False
    server_name: Annotated[str | None, Field(pattern=NAME, description="Name within the archive, in every environment; default: the cluster's.")] = None
    masking: Annotated[
        str | None, Field(description="SQL file, relative to the matrix, that makes its data harmless; restores into an earlier environment need it.")
    ] = None
    roles: Annotated[dict[SqlName, Role], Field(description="Roles by name.")] = {}
    databases: Annotated[dict[SqlName, Database], Field(description="Databases by name.")] = {}
    poolers: Annotated[dict[Label, Pooler], Field(description="Poolers by name.")] = {}
    checks: Annotated[list[PostgresqlCheck], Field(description="What a drill asks the restored databases.")] = []


class PostgresqlDeviation(Part):
    """What only one environment says of a cluster. Each key replaces the cluster's; parameters are merged."""

    present: Annotated[bool, Field(description="false: this environment does not have the cluster.")] = True
    image: str | None = None
    instances: Annotated[int, Field(ge=1)] = 3
    storage: Volume | None = None
    wal_storage: Volume | None = None
    memory: Quantity | None = None
    cpus: Quantity | None = None
    parameters: Settings = {}
    synchronous: Synchronous | None = None
    supervised: bool = False
    server_name: Annotated[
        str | None, Field(pattern=NAME, description="Name within the archive of this environment; a cluster that was recovered here has a new one.")
    ] = None


class Databases(Part):
    """What keeps data for applications."""

    postgresql: Annotated[dict[Label, PostgresqlCluster], Field(description="PostgreSQL clusters by name.")] = {}
    mariadb: Annotated[dict[Label, Mariadb], Field(description="MariaDB clusters, by the application that uses them.")] = {}


class OwnDatabases(Part):
    """What only this environment says of databases."""

    postgresql: Annotated[dict[Label, PostgresqlDeviation], Field(description="PostgreSQL clusters by name.")] = {}
    mariadb: Annotated[dict[Label, MariadbOwn], Field(description="MariaDB clusters, by the application that uses them.")] = {}


def in_environment(cluster: PostgresqlCluster, own: PostgresqlDeviation | None) -> PostgresqlCluster | None:
    """The cluster as an environment has it; None where it does not have it."""
    if own is None:
        return cluster
    if not own.present:
        return None
    changes = {name: getattr(own, name) for name in own.model_fields_set - {"present", "parameters"}}
    return cluster.model_copy(update={**changes, "parameters": {**cluster.parameters, **own.parameters}})
