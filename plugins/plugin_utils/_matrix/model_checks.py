# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Structure of the matrix: questions that a drill asks a restored database."""

from __future__ import annotations

from typing import Annotated, Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part


class Check(Part):
    """A question about rows that have to be there, with what its answer has to be: expect or minimum."""

    sql: Annotated[str, Field(min_length=1, description="One query with one value, such as SELECT count(*) FROM users. It must not hold a secret.")]
    expect: Annotated[str | None, Field(description="The value, exactly.")] = None
    minimum: Annotated[int | None, Field(description="The least number that is right.")] = None

    def asked_in(self, database: str) -> dict[str, Any]:
        """As cnpg_cluster and mariadb_cluster take it."""
        return {"database": database, **self.model_dump(include={"sql", "expect", "minimum"}, exclude_none=True)}


class PostgresqlCheck(Check):
    """The same, of one database of a cluster."""

    database: Annotated[str, Field(description="Database of the cluster to ask in.")]
