# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about backups: what was promised has to be possible, and what is practised must not harm."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import KINDS, Scheduled, shared_buckets, table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path, did_you_mean
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule


@rule("GW801", "backups too rare for the RPO", "What was written after the last backup is lost with the original, so the schedule bounds the RPO.")
def too_rare(facts: Facts) -> Iterator[Finding]:
    """Rows whose schedule leaves more open than their RPO allows."""
    for path, _key, row in _rows(facts):
        if row.rpo is not None and row.gap > row.rpo:
            how = "a log comes only every" if KINDS[row.kind].continuous else f"between two backups ({row.at}) lie up to"
            message = f"{row.kind}: {how} {_span(row.gap)}, the RPO is {_span(row.rpo)}"
            yield Finding((*path, "rpo"), message, "save more often, or promise less")


@rule("GW802", "drill on a machine that is not for it", "A drill wipes its machines before and after; only machines of role scratch are for that.")
def no_scratch_machine(facts: Facts) -> Iterator[Finding]:
    """Names below drill."""
    scratch = [name for name, machine in facts.matrix.machines.items() if machine.role == "scratch"]
    for path, _key, backup in _backups(facts):
        for index, name in enumerate(backup.drill or ()):
            if name not in scratch:
                yield Finding((*path, "drill", index), f"{name} is no machine of role scratch", did_you_mean(name, scratch, "describe one in machines"))


@rule("GW803", "two environments in one S3 folder", "K3s counts the snapshots of a folder together and removes the oldest, whosever they are (k3s-contract 5).")
def shared_folder(facts: Facts) -> Iterator[Finding]:
    """Environments with the same bucket and folder."""
    owners: dict[tuple[str, str, str], str] = {}
    for path, key, backup in _backups(facts):
        shared: set[str] = set()
        for row in table(backup):
            if backup.s3 and row.bucket:
                folder = backup.s3.folder.replace("{env}", key)
                owner = owners.setdefault((backup.s3.endpoint, row.bucket, folder), key)
                if owner != key:
                    shared.add(f"{key} and {owner} share folder {folder!r} of bucket {row.bucket}")
        for message in sorted(shared):
            yield Finding((*path, "s3", "folder"), message, "have {env} in the folder's name")


@rule("GW816", "backups without an S3 server", "A bucket is on a server.")
def no_server(facts: Facts) -> Iterator[Finding]:
    """Rows with a bucket in environments without backup.s3."""
    for path, key, backup in _backups(facts):
        named = [kind for kind, row in backup.schedule.items() if row.bucket is not None]
        if backup.s3 is None and named:
            yield Finding(path, f"{', '.join(named)} of {key} have a bucket, and there is no S3 server", "write backup.s3", at_key=True)


@rule("GW851", "snapshots only on the servers", "Snapshots beside the data are lost with the servers: name an S3 bucket.", warning=True)
def only_local(facts: Facts) -> Iterator[Finding]:
    """Environments without a bucket for etcd, once."""
    lacking = [key for _path, key, backup in _backups(facts) if not any(row.kind == "etcd" and row.bucket for row in table(backup))]
    if lacking:
        message = f"scheduled snapshots of {', '.join(lacking)} stay on the servers"
        remedy = "name backup.s3, and a bucket in backup.schedule.etcd; run backup.yml from time to time until then"
        yield Finding(("backup",) if "backup" in facts.data else (), message, remedy, at_key=True)


@rule("GW875", "backups gone before the next one", "When the last one fails or is damaged there has to be one before it.")
def kept_too_short(facts: Facts) -> Iterator[Finding]:
    """Rows that keep less than two backups."""
    for path, _key, row in _rows(facts):
        if row.keep < 2 * row.interval:
            message = f"{row.kind}: kept for {_span(row.keep)}, while up to {_span(row.interval)} lie between two"
            yield Finding((*path, "keep"), message, "keep at least two")


@rule("GW876", "Longhorn's bucket is used by others", "Longhorn counts blocks in its bucket by itself; retention of somebody else there destroys its backups.")
def shared_with_longhorn(facts: Facts) -> Iterator[Finding]:
    """Buckets of volumes that have another row, too."""
    for path, _key, backup in _backups(facts):
        for bucket, kinds in shared_buckets(backup).items():
            if "volumes" in kinds:
                others = ", ".join(kind for kind in kinds if kind != "volumes")
                yield Finding((*path, "schedule", "volumes", "bucket"), f"bucket {bucket} is that of {others}, too", "give volumes a bucket of their own")


@rule("GW877", "locked for longer than kept", "What nobody can delete is not removed when its time is over: the bucket fills up.")
def locked_too_long(facts: Facts) -> Iterator[Finding]:
    """Rows that are kept for a shorter time than the object lock holds."""
    for path, _key, backup in _backups(facts):
        for row in table(backup):
            if backup.s3 and backup.s3.locked and row.bucket and row.keep < backup.s3.locked:
                message = f"{row.kind}: kept for {_span(row.keep)} and locked for {_span(backup.s3.locked)}"
                yield Finding((*path, "schedule", row.kind), message, "keep it longer, or lock for a shorter time", at_key=True)


@rule("GW878", "row that nobody fills", "The program that makes these backups is not installed.")
def without_component(facts: Facts) -> Iterator[Finding]:
    """Rows of kinds whose component the matrix does not have; a Git row without a repository."""
    for path, _key, row in _rows(facts):
        component = KINDS[row.kind].component
        if component is not None and component not in facts.matrix.components:
            yield Finding(path, f"{row.kind} is made by {row.tool}, and the matrix has no {component}", f"add {component} to components", at_key=True)
        elif row.kind == "git" and facts.matrix.git is None:
            yield Finding(path, "there is no Git repository to keep", "add git, or leave the row out", at_key=True)


@rule("GW871", "data without a backup", "Nothing brings it back.", warning=True)
def unprotected(facts: Facts) -> Iterator[Finding]:
    """Components that make backups but have no row."""
    for path, key, backup in _backups(facts):
        lacking = [kind for kind, known in KINDS.items() if known.demanded and kind not in backup.schedule and known.component in facts.matrix.components]
        if "etcd" not in backup.schedule:
            lacking.insert(0, "etcd")
        if lacking:
            place = path if path[0] in facts.data else ()
            yield Finding(place, f"{key} has no backup of {', '.join(lacking)}", "add a row for each to backup.schedule", at_key=True)


@rule("GW872", "all backups in one place", "Three copies, in two places, one of them elsewhere: fire and thieves take what stands together.", warning=True)
def one_place(facts: Facts) -> Iterator[Finding]:
    """Environments with a bucket, but without a second place or without one elsewhere."""
    for path, keys, backup in _places(facts):
        if backup.s3 and any(row.bucket for row in table(backup)) and "one-place" not in backup.accepted:
            if backup.copy_to is None:
                yield Finding((*path, "s3"), f"backups of {keys} have no second place", "name backup.copy_to, or accept one-place with a reason", at_key=True)
            elif not (backup.s3.offsite or backup.copy_to.offsite):
                message = f"both places of the backups of {keys} stand beside the hypervisors"
                yield Finding((*path, "s3"), message, "have one elsewhere (offsite: true), or accept one-place with a reason", at_key=True)


@rule("GW873", "backups that can be deleted", "Whoever steals the account's keys deletes the backups first. Object lock prevents that.", warning=True)
def deletable(facts: Facts) -> Iterator[Finding]:
    """Environments whose buckets are not locked."""
    for path, keys, backup in _places(facts):
        if backup.s3 and any(row.bucket for row in table(backup)) and backup.s3.locked is None and "deletable" not in backup.accepted:
            yield Finding(
                (*path, "s3"), f"nothing protects the backups of {keys} from being deleted", "set locked, or accept deletable with a reason", at_key=True
            )


@rule("GW874", "dumps that nobody stores", "PostgreSQL's image has no program that speaks to S3.", warning=True)
def no_dump_image(facts: Facts) -> Iterator[Finding]:
    """Rows of dumps, with databases, without an image that stores them."""
    for path, keys, backup in _places(facts):
        if "postgres-dump" in backup.schedule and facts.matrix.databases.postgresql and backup.dump_image is None:
            place = (*path, "schedule", "postgres-dump")
            yield Finding(place, f"no dumps are made in {keys}: backup.dump_image is not named", "name an image with Python 3, by its digest", at_key=True)


def _span(seconds: int) -> str:
    return str(datetime.timedelta(seconds=seconds))


def _rows(facts: Facts) -> Iterator[tuple[Path, str, Scheduled]]:
    """Each row of each environment, and where it stands; what environments have in common comes once."""
    seen: set[tuple[Path, Scheduled]] = set()
    for path, key, backup in _backups(facts):
        for row in table(backup):
            own = facts.matrix.environments[key].backup
            site = own is None or row.kind not in own.schedule or "schedule" not in own.model_fields_set
            place: Path = (*(("backup",) if site else path), "schedule", row.kind)
            if (place, row) not in seen:
                seen.add((place, row))
                yield place, key, row


def _backups(facts: Facts) -> Iterator[tuple[Path, str, Backup]]:
    """Each environment's settings, and where most of them stand."""
    for key, environment in facts.matrix.environments.items():
        own = environment.backup is not None
        yield ("environments", key, "backup") if own else ("backup",), key, facts.matrix.backup.overlaid(environment.backup)


def _places(facts: Facts) -> Iterator[tuple[Path, str, Backup]]:
    """Settings by where they stand: those of the site once, with all environments that they are for."""
    found: dict[Path, tuple[list[str], Backup]] = {}
    for path, key, backup in _backups(facts):
        found.setdefault(path, ([], backup))[0].append(key)
    for path, (keys, backup) in found.items():
        yield path, ", ".join(keys), backup
