# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Where the twin keeps its things: state per twin, build outputs per user."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def cache_folder() -> Path:
    """Folder of build outputs, shared by all checkouts and twins of this user (XDG base directory specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "groundwork"


def twins_folder() -> Path:
    """Folder with one state folder per twin."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "groundwork" / "twins"


@dataclass(frozen=True)
class TwinPaths:
    """Every file of one twin that more than one module speaks about."""

    root: Path

    @classmethod
    def of(cls, name: str) -> TwinPaths:
        """Paths of the twin called *name*; nothing is created."""
        return cls(twins_folder() / name)

    @property
    def name(self) -> str:
        """Name of the twin, as in ``lab/lab up --name``."""
        return self.root.name

    @property
    def spec(self) -> Path:
        """What the supervisor builds, as JSON (lab.twin.spec)."""
        return self.root / "spec.json"

    @property
    def control(self) -> Path:
        """Unix socket on which the supervisor takes commands."""
        return self.root / "control.sock"

    @property
    def pid(self) -> Path:
        """Process id of the namespaces' first process, and its start time, written when the twin is ready."""
        return self.root / "pid"

    @property
    def log(self) -> Path:
        """What the supervisor did."""
        return self.root / "supervisor.log"

    @property
    def ssh_key(self) -> Path:
        """Private key whose public half every host of the twin accepts."""
        return self.root / "ssh" / "id_ed25519"

    @property
    def ssh_config(self) -> Path:
        """OpenSSH client configuration: ``ssh -F`` this file, then a host's name."""
        return self.root / "ssh" / "config"

    @property
    def known_hosts(self) -> Path:
        """Host keys seen in this twin."""
        return self.root / "ssh" / "known_hosts"

    @property
    def ca(self) -> Path:
        """Certificate of the authority that signed the simulated vCenters' certificates."""
        return self.root / "ca.pem"

    @property
    def overlay(self) -> Path:
        """Rehearsal deviations with the paths of this twin."""
        return self.root / "overlay.yml"

    @property
    def k3s_kind(self) -> Path:
        """One sentence: which K3s this twin installs."""
        return self.root / "k3s-kind"

    @property
    def lock_file(self) -> Path:
        """Checksums of the K3s files that the mirror has."""
        return self.root / "versions.lock.yml"

    @property
    def git(self) -> Path:
        """Folder of the Git server: repositories, keys, age keys of the clusters."""
        return self.root / "git"

    @property
    def acme(self) -> Path:
        """Folder of the ACME server: certificate and settings."""
        return self.root / "acme"

    @property
    def object_store(self) -> Path:
        """Folder of the S3 server: certificate, account, buckets."""
        return self.root / "s3"

    @property
    def images(self) -> Path:
        """Folder whose archives K3s imports on every host that boots later, also on one that was made anew."""
        return self.root / "images"

    @property
    def mirror(self) -> Path:
        """Folder that the twin serves over HTTP: K3s artefacts and Debian packages."""
        return self.root / "mirror"

    def host(self, name: str) -> Path:
        """Folder with the disk and console of one host."""
        return self.root / "hosts" / name

    def vcenter(self, key: str) -> Path:
        """Folder of one simulated vCenter: certificate, specification, socket, log."""
        return self.root / "vcenters" / key
