# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extensions over a major version: pg_upgrade stops where the new image lacks one, and leaves the others at the version they had."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import parameters, sql
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at

#: What PostgreSQL 17 itself brings along, extensions and libraries (its appendix F, as Debian packages it). What an older version had and 17 does not
#: (adminpack, old_snapshot) is not here, nor are languages that have a package of their own.
BUNDLED = parameters.names(
    """
    amcheck auth_delay auto_explain autoinc basebackup_to_shell basic_archive bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn
    earthdistance file_fdw fuzzystrmatch hstore insert_username intagg intarray isn lo ltree moddatetime pageinspect passwordcheck
    pg_buffercache pg_freespacemap pg_prewarm pg_stat_statements pg_surgery pg_trgm pg_visibility pg_walinspect pgcrypto pgrowlocks pgstattuple
    plpgsql postgres_fdw refint seg sslinfo tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp xml2
    """
)
PRELOADED = "shared_preload_libraries"
#: pg_upgrade opens templates, too.
DATABASES = "SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1"
OUTDATED = (
    "SELECT 'ALTER EXTENSION ' || quote_ident(name) || ' UPDATE (' || installed_version || ' to ' || default_version || ')' "
    "FROM pg_available_extensions WHERE installed_version <> default_version ORDER BY 1"
)


def beyond(database: sql.Database) -> dict[str, list[str]]:
    """Extensions and preloaded libraries that PostgreSQL does not bring along, with the databases that have them; raises Refused, KubeError."""
    found: dict[str, list[str]] = {}
    for place in database.ask(DATABASES).splitlines():
        for name in database.ask("SELECT extname FROM pg_extension", place).splitlines():
            found.setdefault(name, []).append(f"database {place}")
    for library in database.ask(f"SHOW {PRELOADED}").split(","):
        name = library.strip(' "').rpartition("/")[2]
        if name:
            found.setdefault(name, []).append(PRELOADED)
    return {name: found[name] for name in sorted(found) if name not in BUNDLED}


def problems(found: t.Mapping[str, t.Sequence[str]], cluster: Object, image: str, confirmed: t.Collection[str]) -> t.Iterator[Problem]:
    """What somebody has to look at before pg_upgrade does (pure). ``found``: what ``beyond`` saw; ``confirmed``: what its author knows to be in the image."""
    for name, places in found.items():
        if name not in confirmed:
            reason = f"is in {', '.join(places)}, and pg_upgrade fails, with PostgreSQL stopped, where {image} does not have it"
            yield Problem(f"extension {name}", reason, f"look whether it has, then add {name} to confirm_extensions; or take it out of there first")
    mounted = [str(one.get("name")) for one in at(cluster, "spec", "postgresql", "extensions") or []]
    if mounted:
        reason = f"{', '.join(mounted)}: these images are built for one major version, and this state changes only image"
        yield Problem("spec.postgresql.extensions", reason, "prove a backup, then change them, imageName and serverName together with state present")


def outdated(database: sql.Database) -> list[str]:
    """What is left to do by hand after pg_upgrade, which changes no extension's version; one line each, with its database. Raises Refused, KubeError."""
    return [f"{place}: {line}" for place in database.ask(DATABASES).splitlines() for line in database.ask(OUTDATED, place).splitlines()]
