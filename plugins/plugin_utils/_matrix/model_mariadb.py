# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Structure of the matrix: MariaDB, one cluster for each application that uses it."""

from __future__ import annotations

from typing import Annotated

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_checks import Check
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Owner

Settings = Annotated[dict[str, str | int], Field(description="Settings of the server beside the derived ones; those of Galera are the operator's.")]


class MariadbOwn(Part):
    """What only one environment says of a cluster. Keys that are left out are those of the site."""

    image: Annotated[str | None, Field(description="Image with its exact version.")] = None
    members: Annotated[int | None, Field(ge=1, description="Servers.")] = None
    storage_gb: Annotated[int | None, Field(ge=1, description="Size of each member's volume in GiB; it can grow and never shrinks.")] = None
    storage_class: Annotated[str | None, Field(description="Storage class.")] = None
    memory_mb: Annotated[int | None, Field(ge=512, description="Memory of each member in MiB; half of it caches pages.")] = None
    settings: Settings | None = None


class Mariadb(Part):
    """A MariaDB cluster for one application, in its namespace: the servers, a database, an account, and a dump of it all by backup.schedule."""

    image: Annotated[
        str | None, Owner("5", "image of MariaDB with its exact version"), Field(description="Image with its exact version, such as mariadb:11.8.3.")
    ] = None
    members: Annotated[int, Field(ge=1, description="Servers: 3 or 5 as a Galera cluster, or 1.")] = 3
    storage_gb: Annotated[
        int | None,
        Owner("5", "size of MariaDB's volumes"),
        Field(ge=1, description="Size of each member's volume in GiB; it can grow and never shrinks."),
    ] = None
    storage_class: Annotated[
        str | None, Field(description="Storage class; each member has a copy of everything already, so longhorn-pg with one replica is enough.")
    ] = None
    memory_mb: Annotated[int, Field(ge=512, description="Memory of each member in MiB; half of it caches pages.")] = 2048
    settings: Settings = {}
    database: Annotated[
        str | None, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="Database and account; default: the application's name, with _ for -.")
    ] = None
    checks: Annotated[list[Check], Field(description="What a drill asks the restored database.")] = []

    def in_environment(self, own: MariadbOwn | None) -> Mariadb:
        """With what an environment says itself laid over it."""
        said = {} if own is None else {name: value for name in own.model_fields_set if (value := getattr(own, name)) is not None}
        return self.model_copy(update=said)
