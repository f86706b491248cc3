# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof of a backup, written on its cluster: when it was restored for a test, from which archive, of which major version (pure).

It counts for that archive and version only: from another server name, another ObjectStore or before a major upgrade it says nothing of what there is now.
"""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import store_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import major_in, major_of_data
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import at, moment

PROVEN = "groundwork.platform/backup-proven-at"


@dataclass(frozen=True)
class Proof:
    """When the backups of a cluster were last proven; None with ``void``, why a proof that is written there does not count."""

    at: datetime.datetime | None = None
    void: str = ""


def text(cluster: t.Mapping[str, t.Any], when: datetime.datetime) -> str:
    """What the annotation says: time, ObjectStore/server name, major version."""
    return f"{when.isoformat(timespec='seconds')} {' '.join(_subject(cluster))}"


def proof_of(cluster: t.Mapping[str, t.Any]) -> Proof:
    """What the annotation is worth now. A bare time is of a release that did not write down what was proven."""
    words = str((at(cluster, "metadata", "annotations") or {}).get(PROVEN) or "").split()
    when = moment(words[0]) if words else None
    if when is None:
        return Proof()
    if tuple(words[1:]) == _subject(cluster):
        return Proof(when)
    told = f"that of {when.isoformat(timespec='seconds')}"
    if len(words) == 1:
        return Proof(void=f"{told} does not say which archive it was")
    archive, major = _subject(cluster)
    return Proof(void=f"{told} is of {' with PostgreSQL '.join(words[1:])}, and now it is {archive} with PostgreSQL {major}")


def _subject(cluster: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """Archive and major version. The version is the data's where the operator says it: an image may wait for its upgrade."""
    store, server = store_of(dict(cluster))
    major = major_of_data(cluster) or major_in(at(cluster, "spec") or {})
    return f"{store}/{server}", str(major or "unknown")
