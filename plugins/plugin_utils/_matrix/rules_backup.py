# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about backups: what was promised has to be possible, and what is practised must not harm."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.cron import longest_gap
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path, did_you_mean
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule


@rule("GW801", "snapshots too rare for the RPO", "What was written after the last snapshot is lost with the servers, so the schedule bounds the RPO.")
def too_rare(facts: Facts) -> Iterator[Finding]:
    """Environments whose schedule leaves more open than their RPO allows."""
    for path, _key, backup in _backups(facts):
        gap = longest_gap(backup.schedule)
        if backup.rpo is not None and gap > datetime.timedelta(seconds=backup.rpo):
            message = f"between two snapshots ({backup.schedule}) lie up to {gap}, the RPO is {datetime.timedelta(seconds=backup.rpo)}"
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
        if backup.s3 and backup.s3.bucket:
            place = (backup.s3.endpoint, backup.s3.bucket, backup.s3.folder.replace("{env}", key))
            owner = owners.setdefault(place, key)
            if owner != key:
                yield Finding((*path, "s3", "folder"), f"{key} and {owner} share folder {place[2]!r} of bucket {place[1]}", "have {env} in the folder's name")


@rule("GW851", "snapshots only on the servers", "Snapshots beside the data are lost with the servers: name an S3 bucket.", warning=True)
def only_local(facts: Facts) -> Iterator[Finding]:
    """Environments without a bucket, once."""
    lacking = [key for _path, key, backup in _backups(facts) if not (backup.s3 and backup.s3.bucket)]
    if lacking:
        message = f"scheduled snapshots of {', '.join(lacking)} stay on the servers"
        yield Finding(
            ("backup",) if "backup" in facts.data else (), message, "name backup.s3 with a bucket, and run backup.yml from time to time until then", at_key=True
        )


def _backups(facts: Facts) -> Iterator[tuple[Path, str, Backup]]:
    """Each environment's settings, and where most of them stand."""
    for key, environment in facts.matrix.environments.items():
        own = environment.backup is not None
        yield ("environments", key, "backup") if own else ("backup",), key, facts.matrix.backup.overlaid(environment.backup)
