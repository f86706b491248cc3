# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one probe of a K3s host saw: facts only, no secrets, no judgement (pure)."""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import kernel
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.certificates import Certificate
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.encryption import Encryption


@dataclass(frozen=True)
class Member:
    """One etcd member as ``/db/info`` lists it."""

    name: str
    peer_urls: tuple[str, ...]
    learner: bool

    @property
    def node(self) -> str:
        """K3s names a member <node name>-<8 hexadecimal digits> (k3s-contract 4)."""
        return self.name.rpartition("-")[0]


@dataclass(frozen=True)
class TokenState:
    """One of the two tokens on a host, by digests: a fingerprint, or 'weak', 'invalid'; None where there is none."""

    in_force: str | None = None  # what K3s wrote into its data folder
    configured: str | None = None  # what the next start reads
    accepted: bool | None = None  # whether the running process takes the one in force; None without an answer


@dataclass(frozen=True)
class Observation:
    """State of K3s on one host. None means: not there, or did not answer."""

    node_name: str
    architecture: str
    binary_version: str | None = None
    unit_state: str = "absent"  # absent, or systemd's ActiveState
    unit_enabled: bool = False
    unit_reload_needed: bool = False  # systemd has yet to read the unit file again
    unit_restarts: int = 0
    started_at: float | None = None  # seconds since the epoch
    changed_since_start: tuple[str, ...] = ()
    files: t.Mapping[str, t.Mapping[str, str]] = dataclasses.field(default_factory=dict)  # path: sha256, mode
    has_etcd: bool = False
    has_sqlite: bool = False
    has_tombstone: bool = False
    has_reset_flag: bool = False
    member_name: str | None = None
    ca_hash: str | None = None
    token_form: str | None = None
    token_fingerprint: str | None = None
    server_token: TokenState = TokenState()
    agent_token: TokenState = TokenState()
    datastore_token: str | None = None  # whose key etcd holds: a digest of a token known here, or 'other'
    credentials: str | None = None  # cred/passwd beside the datastore's copy: same, older, newer (the next start would be fatal)
    join_url: str | None = None
    members: tuple[Member, ...] | None = None
    etcd_healthy: bool = False
    api_ready: bool = False
    node_ready: bool | None = None
    node_message: str | None = None
    node_version: str | None = None
    node_cordoned: bool = False
    node_upgrade: str | None = None  # the version that an upgrade which is not finished brings this node to
    certificates: tuple[Certificate, ...] | None = None  # only when asked for
    encryption: Encryption | None = None  # of Secrets; None where nothing is configured
    foreign_listener: str | None = None
    critical: tuple[str, ...] = ()  # what each configuration file sets of the values that must not change, as YAML
    pod_networks: tuple[str, ...] = ()  # CNIs that were set up here
    clock: float | None = None  # this host's time at the look, in seconds since the epoch
    clock_skew: float | None = None  # against the machine that asked, in seconds; set there
    kernel_settings: t.Mapping[str, str] = dataclasses.field(default_factory=dict)  # settings that the kubelet demands, as they are
    last_error: str | None = None

    @property
    def has_data(self) -> bool:
        """Whether any database exists."""
        return self.has_etcd or self.has_sqlite

    @property
    def member(self) -> Member | None:
        """This host's own entry in the member list."""
        return next((m for m in self.members or () if m.name == self.member_name), None)

    @property
    def votes(self) -> bool:
        """A healthy voter: no learner, and its own etcd answered a linearizable read in time."""
        return self.member is not None and not self.member.learner and self.etcd_healthy

    @property
    def kernel_problems(self) -> tuple[str, ...]:
        """Settings with which the kubelet refuses to start under protect-kernel-defaults."""
        return kernel.problems(self.kernel_settings)

    @property
    def healthy(self) -> bool:
        """A voter with a ready API under an active unit: others may join through it."""
        return self.unit_state == "active" and self.votes and self.api_ready


def to_dict(observation: Observation) -> dict[str, t.Any]:
    """Plain data for a module's result, with the derived answers."""
    plain = dataclasses.asdict(observation)
    for name in ("has_data", "votes", "healthy", "kernel_problems"):
        plain[name] = getattr(observation, name)
    return plain


def from_dict(plain: t.Mapping[str, t.Any]) -> Observation:
    """The way back, on the controller; unknown keys (derived answers, Ansible's own) are dropped."""
    names = {field.name for field in dataclasses.fields(Observation)}
    known = {key: value for key, value in plain.items() if key in names}
    if known.get("members") is not None:
        known["members"] = tuple(Member(m["name"], tuple(m["peer_urls"]), m["learner"]) for m in known["members"])
    for name in ("server_token", "agent_token"):
        known[name] = TokenState(**known.get(name, {}))
    if known.get("certificates") is not None:
        known["certificates"] = tuple(Certificate(**certificate) for certificate in known["certificates"])
    if known.get("encryption") is not None:
        known["encryption"] = Encryption(**known["encryption"])
    for name in ("changed_since_start", "critical", "pod_networks"):
        known[name] = tuple(known.get(name, ()))
    return Observation(**known)
