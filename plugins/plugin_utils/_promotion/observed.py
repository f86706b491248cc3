# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What gates look at: the repository, Argo CD's Applications, what people said, and databases. Times are aware, lengths in seconds."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Literal


@dataclasses.dataclass(frozen=True)
class Clone:
    """The clone that a promotion would commit to."""

    clean: bool
    branch: str
    ahead: int
    behind: int
    locked_by: str | None = None


@dataclasses.dataclass(frozen=True)
class Application:
    """One Application: which release Argo CD saw running when it last looked, and how it was.

    ``revision`` is the commit that it was compared with, ``troubles`` are its objects that are not as they should be. ``leaving``: it is
    out of sync only because of objects that wait to be deleted. ``confirm`` is what a sync waits for until somebody confirms a deletion.
    """

    name: str
    sync: str
    health: str
    release: str | None
    reconciled_at: datetime.datetime | None
    deployed_at: datetime.datetime | None
    healthy_since: datetime.datetime | None
    running: bool = False
    errors: tuple[str, ...] = ()
    revision: str | None = None
    troubles: tuple[str, ...] = ()
    leaving: bool = False
    confirm: str = ""


@dataclasses.dataclass(frozen=True)
class Alert:
    """Something that fired in the source environment."""

    name: str
    severity: str
    fired_at: datetime.datetime


@dataclasses.dataclass(frozen=True)
class Result:
    """A test of a release: results of another release say nothing."""

    test: str
    release: str
    passed: bool


@dataclasses.dataclass(frozen=True)
class Rendered:
    """The target as it would be: what validation found, and which objects would go."""

    faults: tuple[str, ...] = ()
    pruned: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Drift:
    """An object in the target that is not what Git says, with the difference."""

    thing: str
    patch: str


@dataclasses.dataclass(frozen=True)
class Authority:
    """Who asks (None: nobody that is known), who signed each commit that brought something (None: nobody that may), and who approved."""

    actor: str | None
    signers: Mapping[str, str | None]
    approvers: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Database:
    """One database of the target."""

    name: str
    healthy: bool
    archiving: bool
    backed_up_at: datetime.datetime | None
    verified_at: datetime.datetime | None = None
    kind: Literal["postgresql", "mariadb"] = "postgresql"
    #: Why a proof that is written there does not count.
    void: str = ""
