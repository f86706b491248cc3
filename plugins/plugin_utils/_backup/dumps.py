# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that bring a dump of PostgreSQL back (pure): into a server that lives in one pod for a drill, or into a new database of its cluster."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.sql import TABLES
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.objects import CREDENTIALS, ROOM, container, key_of, source

Object = dict[str, Any]
FILES = ("client.py", "fetch.py")
LAST_WORDS = {"terminationMessagePolicy": "FallbackToLogsOnError"}
CLOSED = {"runAsNonRoot": True, "runAsUser": 26, "fsGroup": 26, "seccompProfile": {"type": "RuntimeDefault"}}
POD = {"restartPolicy": "Never", "automountServiceAccountToken": False, "securityContext": CLOSED}
#: Roles are not in a dump of one database: those of the matrix are made, so that policies for them can be restored. Nobody can connect but this script.
#: Without a question of the owner a dump without any table proves nothing.
TRIAL = r"""
set -eu
work=${WORK:-/work} questions=${QUESTIONS:-/questions}
export PGHOST="$work" PGUSER=postgres
rm -rf "$work/data"
initdb --pgdata="$work/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync >/dev/null
pg_ctl --pgdata="$work/data" --wait --log="$work/log" --options="-c listen_addresses='' -c unix_socket_directories='$work' -c fsync=off" start >/dev/null
trap 'pg_ctl --pgdata="$work/data" --mode=immediate stop >/dev/null' EXIT
ask() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname="$1" --file="$2"; }
ask postgres "$questions/roles.sql"
createdb restored
pg_restore --exit-on-error --no-owner --no-privileges --dbname=restored "${DUMP:-/dump/database.dump}"
for question in "$questions"/*.check.sql; do
  found=$(ask restored "$question")
  bound=${question%.sql}
  if [ -e "$bound.expect" ]; then
    wanted=$(cat "$bound.expect")
    right() { [ "$found" = "$wanted" ]; }
  else
    wanted="at least $(cat "$bound.minimum")"
    right() { [ "$found" -ge "$(cat "$bound.minimum")" ]; }
  fi
  right || { echo "question $(cat "$question"): answered $found, expected $wanted" >&2; exit 1; }
done
echo "restored, and answered as expected"
"""
ANYTHING = {"sql": TABLES, "minimum": 1}
#: A database that is there would be taken over by the operator, with its owner and extensions, and removed with what the restore has brought.
#: Quoted, because Kubernetes makes one dollar out of two in a command.
FREE = """DO 'BEGIN IF EXISTS (SELECT FROM pg_database WHERE datname = ''{database}'') THEN
RAISE EXCEPTION ''{database} is a database of {cluster}, and a dump goes into a new one only: give another name''; END IF; END'"""
#: What an extension has brought is nobody's data.
EMPTY = """DO 'BEGIN IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN (''r'', ''p'', ''f'', ''m'') AND n.nspname !~ ''^(pg_|information_schema)''
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = ''pg_class''::regclass AND d.objid = c.oid AND d.deptype = ''e'')) THEN
RAISE EXCEPTION ''{database} has tables, and a dump goes into a database that has nothing: it was left as it is''; END IF; END'"""


@dataclasses.dataclass(frozen=True)
class Dump:
    """One object in S3, the cluster and the database that it is of, and the image that fetches it."""

    cluster: Mapping[str, Any]  # an item of postgresql_clusters
    database: str
    bucket: str
    key: str
    place: Mapping[str, Any]  # of groundwork_backup_places
    image: str


def trial(dump: Dump, namespace: str, name: str) -> list[Object]:
    """What a drill applies beside the Secret with the account of the S3 server: the job ends well when the dump came back and answers as expected."""
    mounts: list[Object] = [{"name": "work", "mountPath": "/work"}, {"name": "questions", "mountPath": "/questions", "readOnly": True}]
    restore = container("restore", str(dump.cluster["spec"]["imageName"]), ["sh", "-c", TRIAL], {}, {}, mounts)
    volumes = [_claim("work", dump), {"name": "questions", "configMap": {"name": f"{name}-questions"}}]
    checks = [check for check in dump.cluster["checks"] if check["database"] == dump.database]
    asked = _map(f"{name}-questions", namespace, questions(_roles(dump.cluster), [ANYTHING, *checks]))
    return [asked, *_job(dump, namespace, name, restore, volumes)]


def free(dump: Dump, owner: str, name: str, database: str) -> list[Object]:
    """What looks whether a name is free in the cluster, as a role of its; the job fails where it is not. It runs before the operator is asked for anything."""
    said = FREE.format(database=database, cluster=dump.cluster["name"])
    asked = _psql(dump, owner, dump.database, said)
    return [_run(str(dump.cluster["namespace"]), name, {**POD, "containers": [asked], "volumes": [{"name": "dump", "emptyDir": {}}]})]


def into(dump: Dump, owner: str, name: str, database: str) -> list[Object]:
    """What fills a new, empty database of the same cluster, as its owner. One transaction: it comes whole or not at all."""
    namespace = str(dump.cluster["namespace"])
    command = ["pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--no-comments", "--no-password"]
    command += [f"--host={dump.cluster['name']}-rw", f"--dbname={database}", "/dump/database.dump"]
    restore = container("restore", str(dump.cluster["spec"]["imageName"]), command, {}, _login(owner), [])
    return _job(dump, namespace, name, restore, [], [_psql(dump, owner, database, EMPTY.format(database=database))])


def _psql(dump: Dump, owner: str, database: str, statement: str) -> Object:
    command = ["psql", "--no-psqlrc", "--no-password", f"--host={dump.cluster['name']}-rw", f"--dbname={database}", f"--command={statement}"]
    return {**container("look", str(dump.cluster["spec"]["imageName"]), command, {}, _login(owner), []), **LAST_WORDS}


def _login(owner: str) -> Object:
    secret = f"{owner.strip('_').replace('_', '-')}-credentials"
    return {"PGUSER": key_of(secret, "username"), "PGPASSWORD": key_of(secret, "password")}


def questions(roles: Sequence[str], checks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Files that the trial reads; nothing of them becomes part of a shell's text."""
    files = {"roles.sql": "".join(f'CREATE ROLE "{role}";\n' for role in roles)}
    for number, check in enumerate(checks):
        files[f"{number}.check.sql"] = check["sql"]
        bound = "expect" if check.get("expect") is not None else "minimum"
        files[f"{number}.check.{bound}"] = str(check[bound])
    return files


def _roles(cluster: Mapping[str, Any]) -> list[str]:
    return [str(item["spec"]["name"]) for item in cluster["beside"] if item["kind"] == "DatabaseRole"]


def _job(dump: Dump, namespace: str, name: str, restore: Object, volumes: Sequence[Object], before: Sequence[Object] = ()) -> list[Object]:
    said = {
        "PYTHONPATH": "/program",
        "S3_ENDPOINT": str(dump.place["endpoint"]),
        "S3_REGION": str(dump.place["region"]),
        "S3_BUCKET": dump.bucket,
        "S3_KEY": dump.key,
    }
    keys = {"S3_ACCESS_KEY": key_of(CREDENTIALS, "ACCESS_KEY_ID"), "S3_SECRET_KEY": key_of(CREDENTIALS, "SECRET_ACCESS_KEY")}
    authority = {"S3_CA": key_of(CREDENTIALS, "ca.crt")} if dump.place.get("ca_file") else {}
    program = [{"name": "program", "mountPath": "/program", "readOnly": True}]
    fetch = container("fetch", dump.image, ["python3", "-B", f"/program/{ROOM}/fetch.py", "/dump/database.dump"], said, {**keys, **authority}, program)
    files = [{"key": file, "path": f"{ROOM}/{file}"} for file in FILES]
    pod = {
        **POD,
        "initContainers": [*before, {**fetch, **LAST_WORDS}],
        "containers": [{**restore, **LAST_WORDS}],
        "volumes": [_claim("dump", dump), {"name": "program", "configMap": {"name": f"{name}-program", "items": files}}, *volumes],
    }
    return [_map(f"{name}-program", namespace, {file: source(file) for file in FILES}), _run(namespace, name, pod)]


def _run(namespace: str, name: str, pod: Object) -> Object:
    spec = {"backoffLimit": 0, "ttlSecondsAfterFinished": 86400, "template": {"spec": pod}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def _claim(name: str, dump: Dump) -> Object:
    """A volume that goes with its pod: a large dump would fill the node's own disk."""
    storage = dump.cluster["spec"]["storage"]
    own = {"storageClassName": storage["storageClass"]} if storage.get("storageClass") else {}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage["size"]}}, **own}
    return {"name": name, "ephemeral": {"volumeClaimTemplate": {"spec": claim}}}


def _map(name: str, namespace: str, data: Mapping[str, str]) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": dict(data)}
