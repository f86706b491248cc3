# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a definition of a MariaDB must not say, whether or not the operator's webhook is there to refuse it (pure)."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import versions
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import is_galera, members_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at

NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
#: Settings that the operator or Galera makes; another value breaks replication.
OPERATORS = re.compile(r"wsrep[_-].*|bind[_-]address|port|datadir|binlog[_-]format|default[_-]storage[_-]engine|innodb[_-]autoinc[_-]lock[_-]mode")
#: Settings that keep acknowledged rows when all members lose power together, and the value that does.
DURABILITY = {"innodb_flush_log_at_trx_commit": "1", "innodb_doublewrite": "1"}
OFF = {"off": "0", "false": "0", "on": "1", "true": "1"}
SETTING = re.compile(r"^\s*(?:loose[_-])?(?P<name>[A-Za-z0-9_-]+)\s*(?:=\s*(?P<value>.*?))?\s*(?:#.*)?$")


def faults(name: str, spec: Object) -> t.Iterator[Problem]:
    """Everything that is wrong with a definition."""
    if not NAME.fullmatch(name):
        yield Problem("name", f"{name!r} is no name of a cluster", "use up to 40 lower-case letters, digits and hyphens, a letter first")
    yield from _members(spec)
    yield from _storage(spec)
    yield from _galera(at(spec, "galera") or {})
    if not versions.is_exact(spec.get("image")):
        reason = f"{spec['image']} names no exact version" if spec.get("image") else "the operator would choose the image"
        yield Problem("spec.image", reason, "write a tag with three numbers, better with its digest")
    if at(spec, "rootPasswordSecretKeyRef", "generate"):
        reason = "nobody but this cluster would know the password, and a restored cluster would have another one"
        yield Problem("spec.rootPasswordSecretKeyRef.generate", reason, "make the Secret from the escrowed file, and leave generate out")
    if spec.get("rootEmptyPassword"):
        yield Problem("spec.rootEmptyPassword", "anybody in the pod network would be root", "use rootPasswordSecretKeyRef")
    for setting, reason, remedy in settings_faults(parsed(spec.get("myCnf"))):
        yield Problem(f"spec.myCnf {setting}", reason, remedy)


def settings_faults(settings: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, str, str]]:
    """(setting, reason, remedy) of everything in my.cnf that breaks Galera or loses rows."""
    for name, value in settings.items():
        plain = name.lower().replace("-", "_")
        said = str(value).lower()
        if OPERATORS.fullmatch(plain):
            yield name, "the operator sets it for Galera", "leave it out"
        elif plain in DURABILITY and OFF.get(said, said) != DURABILITY[plain]:
            yield name, f"with {value} acknowledged rows are lost when all members fail together", f"leave it {DURABILITY[plain]}"


def parsed(text: t.Any) -> dict[str, str]:
    """Settings in a my.cnf; sections and comments are left out."""
    found = (SETTING.match(line) for line in str(text or "").splitlines() if not line.lstrip().startswith(("[", "#", ";", "!")))
    return {match["name"]: match["value"] or "on" for match in found if match}


def _members(spec: Object) -> t.Iterator[Problem]:
    members, galera = members_of(spec), is_galera(spec)
    if isinstance(spec.get("replicas", 1), bool) or not isinstance(spec.get("replicas", 1), int):
        yield Problem("spec.replicas", f"{spec['replicas']!r} is no number of members", "say how many, three for a cluster")
    elif galera and (members < 3 or members % 2 == 0):
        reason = f"with {members} members the loss of {'one' if members < 4 else 'half'} leaves no majority, and nobody can write"
        yield Problem("spec.replicas", reason, "have 3 or 5 members, or one without Galera")
    elif not galera and members != 1:
        yield Problem("spec.replicas", f"{members} members without Galera would each have data of their own", "set galera.enabled: true")
    if galera and not (at(spec, "affinity", "antiAffinityEnabled") or at(spec, "affinity", "podAntiAffinity")):
        reason = "nothing keeps the members apart, so one node could take the majority with it"
        yield Problem("spec.affinity.antiAffinityEnabled", reason, "set it to true; it cannot be changed later")


def _storage(spec: Object) -> t.Iterator[Problem]:
    if at(spec, "storage", "ephemeral"):
        yield Problem("spec.storage.ephemeral", "every restart would forget everything", "give it a size")
    elif not at(spec, "storage", "size"):
        yield Problem("spec.storage.size", "nobody says how large the volumes are", "write a size such as 20Gi")
    for when in ("whenDeleted", "whenScaled"):
        if at(spec, "storage", "pvcRetentionPolicy", when) == "Delete":
            yield Problem(f"spec.storage.pvcRetentionPolicy.{when}", "volumes would be deleted without a question", "leave it Retain")


def _galera(galera: Object) -> t.Iterator[Problem]:
    if at(galera, "primary", "podIndex") is not None:
        remedy = "leave it out; state switched_over changes it"
        yield Problem("spec.galera.primary.podIndex", "the operator moves it at every failover, and this would move it back", remedy)
    if at(galera, "recovery", "forceClusterBootstrapInPod"):
        reason = "at every later crash the cluster would begin with this member, whatever the others know"
        yield Problem("spec.galera.recovery.forceClusterBootstrapInPod", reason, "leave it out; state recovered sets it and takes it away")
    smallest = at(galera, "recovery", "minClusterSize")
    if smallest not in (None, 1, "1"):
        reason = f"with {smallest} members as the least, a recovery restarts members that are well"
        yield Problem("spec.galera.recovery.minClusterSize", reason, "leave it 1")
    if galera.get("sst") == "mysqldump":
        yield Problem("spec.galera.sst", "mysqldump blocks its donor and needs root over the network", "use mariabackup")
