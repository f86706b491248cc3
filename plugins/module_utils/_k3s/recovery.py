# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a snapshot can be restored onto these servers, decided before anything is touched (pure)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import token, upgrade
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token, TokenError


@dataclass(frozen=True)
class Source:
    """What is to be restored."""

    fingerprint: str | None  # of the token that opens the snapshot
    nodes: t.Mapping[str, str]  # name: version of its kubelet, at that time
    bundled: str | None = None  # the same fingerprint of the token in the escrow bundle; None without a bundle
    site: str | None = None  # the site and environment that the bundle was made for


@dataclass(frozen=True)
class Wanted:
    """What it is restored onto."""

    site: str
    nodes: t.Collection[str]  # names of the environment's nodes
    version: str  # of the K3s that will run
    given: str = ""  # the server token of the secrets file


@dataclass(frozen=True)
class Plan:
    """``token``: where the token comes from, bundle, given or present; servers that are ``fresh``, without K3s, or have ``other`` versions."""

    token: str
    fresh: tuple[str, ...]
    other: tuple[str, ...]
    problems: tuple[str, ...]


def plan(source: Source, wanted: Wanted, servers: t.Mapping[str, Observation | None]) -> Plan:
    """Decide; every server must be given, None for one that was not reached."""
    seen = {name: o for name, o in servers.items() if o is not None}
    problems = [f"{name} was not reached; a restore needs every server, switch it on or remove it from the matrix" for name in servers if name not in seen]
    fresh = tuple(name for name, o in seen.items() if o.unit_state == "absent" or o.binary_version is None)
    other = tuple(name for name, o in seen.items() if name not in fresh and o.binary_version != wanted.version)
    problems += [f"{name} has data of etcd but no K3s: put /var/lib/rancher/k3s/server/db aside there" for name in fresh if seen[name].has_data]
    problems += _whose(source, wanted) + _newer(source, wanted.version)
    origin, reason = _token(source, wanted, seen)
    return Plan(origin, fresh, other, (*problems, *reason))


def _whose(source: Source, wanted: Wanted) -> list[str]:
    if source.site is not None and source.site != wanted.site:
        return [f"the bundle was made for {source.site}, this is {wanted.site}"]
    if source.nodes and not set(source.nodes) & set(wanted.nodes):
        return [f"the snapshot is another cluster's: its nodes are {', '.join(sorted(source.nodes))}"]
    return []


def _newer(source: Source, version: str) -> list[str]:
    """K3s does not promise to read what a later version wrote (k3s-contract 8)."""
    try:
        newest = max((upgrade.parse(found), found) for found in source.nodes.values() if found)
    except ValueError:
        return []  # servers without an agent have no Node, or it is a version that nobody can compare
    if newest[0] <= upgrade.parse(version):
        return []
    return [f"the snapshot was written by K3s {newest[1]}, newer than {version}: set k3s.version to that of its time first"]


def _token(source: Source, wanted: Wanted, seen: t.Mapping[str, Observation]) -> tuple[str, list[str]]:
    """Where the token comes from, and why none will do. A password too weak for a fingerprint is left to K3s to judge."""
    if source.bundled is not None:
        if source.bundled == source.fingerprint:
            return "bundle", []
        return "bundle", [f"the bundle's token ({source.bundled}) does not open this snapshot ({source.fingerprint}): take the bundle of its time"]
    known = {o.server_token.in_force or o.server_token.configured for o in seen.values()} - {None}
    given = _given(wanted.given)
    if given is not None and token.key_name(given.password) == source.fingerprint:
        return "given", []
    if source.fingerprint in known or "weak" in known:
        return "present", []
    have = ", ".join(sorted(str(digest) for digest in known)) or "none"
    found = f"no token here opens the snapshot: it needs {source.fingerprint or 'one that it does not name'}; on the servers: {have}"
    return "present", [f"{found}; in the secrets file: {given.digest if given else 'none'}. Give the escrow bundle of its time: -e escrow=..."]


def _given(text: str) -> Token | None:
    try:
        return token.parse(text, None)
    except TokenError:
        return None
