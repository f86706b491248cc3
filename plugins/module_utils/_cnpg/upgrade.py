# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another PostgreSQL: a minor version by switchover at the end, a major one only over a proven backup; and the way off the in-tree Barman."""

from __future__ import annotations

import datetime
import re
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import backups, extensions, sql, steer
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import major_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import change, finished
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.protect import PROVEN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.recovery import archiving_to
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Effect, Object, Problem, Refused, at, moment, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import owned_by_git
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import HUMAN

#: 17.0 to 17.5 cannot be upgraded while max_slot_wal_keep_size is set (docs/src/postgres_upgrades.md).
UNFIT = re.compile(r":17\.[0-5](?![0-9])")


@dataclass(frozen=True)
class Leave:
    """What the author of an upgrade allows and knows: its worst effect, how old a proof may be, MiB of lag, extensions that the image has."""

    most: Effect
    proven_within: datetime.timedelta
    max_lag: int
    extensions: t.Collection[str] = ()


def upgraded(session: Session, image: str, server: str, run: sql.Run, leave: Leave) -> Outcome:
    """Another image. Where the operator waits for a person (supervised), the switchover is ours."""
    cluster = session.existing()
    old = str(at(cluster, "spec", "imageName") or at(cluster, "status", "image") or "")
    is_major = major_of(old) != major_of(image)
    wanted: Object = {"imageName": image}
    if is_major and old != image:
        problems = [*major_problems(cluster, old, image, server, session.now(), leave.proven_within)]
        require([*problems, *_extension_problems(session, cluster, image, run, leave.extensions)])
        store, _server = backups.store_of(cluster)
        if store:
            wanted["plugins"] = archiving_to(cluster["spec"], store, server)["plugins"]
    outcome = change(session, wanted, leave.most)
    if session.check_mode:
        return outcome
    if outcome.verdict.state == HUMAN:
        session.tell("replicas run the new image; the primary hands over")
        steer.switched_over(session, "", run, leave.max_lag)
        outcome = finished(session, replace(outcome, changed=True))
    if is_major and outcome.changed:
        database = _primary(session, session.existing(), run)
        database.command("vacuumdb", "--all", "--analyze-in-stages", "--quiet")
        for line in extensions.outdated(database):
            session.warn(f"an extension is still as the old version had it, in database {line}")
        session.warn("backups from before the upgrade lead to the old version only: take a base backup now (state backed_up)")
    return outcome


def major_problems(cluster: Object, old: str, image: str, server: str, now: datetime.datetime, proven_within: datetime.timedelta) -> t.Iterator[Problem]:
    """Why the major version may not be changed yet, or never (pure)."""
    place, (before, after) = "imageName", (major_of(old), major_of(image))
    if before is None or after is None:
        yield Problem(place, f"{old or 'the running image'} or {image} does not say its major version", "use tags such as :18.1")
        return
    if after < before:
        yield Problem(place, f"PostgreSQL {after} cannot read what {before} has written", "restore into a new cluster: a dump, or a backup from before")
        return
    proven = moment(at(cluster, "metadata", "annotations", PROVEN))
    if proven is None or now - proven > proven_within:
        yield Problem(
            place, f"no backup was restored for a test within {proven_within}", "run state verified first: the old version comes back from there only"
        )
    store, current = backups.store_of(cluster)
    if store and server in ("", current):
        yield Problem("server_name", "WAL of two major versions would lie in one archive", f"name another one, such as {current}-pg{after}")
    if _flavour(old) != _flavour(image):
        reason = f"{_flavour(old) or 'another system'} is not {_flavour(image) or 'that'}: collations may sort differently"
        yield Problem(place, reason, "choose an image of the same distribution, and change that in a step of its own")
    if UNFIT.search(old) and at(cluster, "spec", "postgresql", "parameters", "max_slot_wal_keep_size") not in (None, "-1"):
        yield Problem(place, "PostgreSQL 17.0 to 17.5 cannot be upgraded with max_slot_wal_keep_size set", "go to 17.6 first")


def _extension_problems(session: Session, cluster: Object, image: str, run: sql.Run, confirmed: t.Collection[str]) -> t.Sequence[Problem]:
    """Of the databases as they run. Where they cannot be asked, that is the problem."""
    try:
        return [*extensions.problems(extensions.beyond(_primary(session, cluster, run)), cluster, image, confirmed)]
    except Refused as refused:
        return refused.problems
    except KubeError as error:
        return [explained(error)]


def _primary(session: Session, cluster: Object, run: sql.Run) -> sql.Database:
    return sql.Database(run, session.namespace, str(at(cluster, "status", "currentPrimary")))


def migrated(session: Session, store: str, server: str) -> Outcome:
    """From spec.backup.barmanObjectStore to the plugin in one change, so that WAL is never archived twice or not at all."""
    cluster = session.existing()
    require(owned_by_git(cluster, session.place))
    if not at(cluster, "spec", "backup", "barmanObjectStore"):
        if backups.store_of(cluster)[0]:
            return Outcome(False, cluster, cluster)
        raise Refused([Problem(session.place, "there is nothing to migrate: it archives nowhere", "add the plugin to spec.plugins")])
    if session.store(store) is None:
        raise Refused([Problem(session.place, f"there is no ObjectStore {store}", "make it with cnpg_objectstore, with the same destinationPath")])
    current = str(at(cluster, "spec", "backup", "barmanObjectStore", "serverName") or session.name)
    plugins = archiving_to(cluster["spec"], store, server or current)["plugins"]
    body = {"spec": {"backup": {"barmanObjectStore": None, "retentionPolicy": None}, "plugins": plugins}}
    try:
        after = session.api.patch(session.reference(), body, OPERATOR, dry_run=session.check_mode)
    except KubeError as error:
        raise Refused([explained(error)]) from error
    outcome = Outcome(True, cluster, after)
    if session.check_mode:
        return outcome
    session.warn(f"ScheduledBackups of this cluster still say method barmanObjectStore: set method plugin and pluginConfiguration {PLUGIN}")
    return finished(session, outcome)


def _flavour(image: str) -> str:
    """The distribution in a tag such as 17.6-standard-trixie."""
    tag = image.split("@", maxsplit=1)[0].rpartition(":")[2]
    return tag.rpartition("-")[2] if "-" in tag else ""
