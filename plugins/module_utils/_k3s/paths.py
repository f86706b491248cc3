# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where K3s keeps what on a host (k3s-contract 2); ``root`` moves all of it, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """Files and folders of one host's K3s."""

    root: Path = Path("/")
    unit: str = "k3s"

    @property
    def binary(self) -> Path:
        """The command."""
        return self.root / "usr/local/bin/k3s"

    @property
    def config_dir(self) -> Path:
        """Configuration, token files and kubeconfig."""
        return self.root / "etc/rancher/k3s"

    @property
    def join_file(self) -> Path:
        """Our drop-in that holds nothing but ``server:``; read at a start only, so changing it needs no restart."""
        return self.config_dir / "config.yaml.d/10-join.yaml"

    @property
    def server_dir(self) -> Path:
        """A server's data."""
        return self.root / "var/lib/rancher/k3s/server"

    @property
    def ca(self) -> Path:
        """The cluster's CA, as the supervisor serves it."""
        return self.server_dir / "tls/server-ca.crt"

    @property
    def passwd(self) -> Path:
        """Passwords of servers and agents, one of the files that K3s compares with its datastore at every start."""
        return self.server_dir / "cred/passwd"

    @property
    def audit_log(self) -> Path:
        """Where kube-apiserver writes who asked for what."""
        return self.server_dir / "logs/audit.log"

    @property
    def etcd_dir(self) -> Path:
        """Data of this etcd member."""
        return self.server_dir / "db/etcd"

    def token_file(self, kind: str) -> Path:
        """The token file that config.yaml names, for servers or agents."""
        return self.config_dir / f"{kind}-token"

    def cluster_token(self, kind: str) -> Path:
        """Where a running server publishes the token in force, in its secure form."""
        return self.server_dir / ("token" if kind == "server" else "agent-token")

    @property
    def escrow(self) -> dict[str, Path]:
        """What has to be kept beside a snapshot, by its name in the escrow bundle; without secrets encryption the last two do not exist."""
        names = ("encryption-config.json", "encryption-state.json")
        return {
            "server-token": self.cluster_token("server"),
            "agent-token": self.cluster_token("agent"),
            **{name: self.server_dir / "cred" / name for name in names},
        }

    @property
    def read_at_start(self) -> list[Path]:
        """What K3s reads only when it starts: a later change of any of these asks for a restart."""
        units = self.root / "etc/systemd/system"
        fixed = [
            self.binary,
            self.config_dir / "config.yaml",
            self.config_dir / "registries.yaml",
            self.config_dir / "audit-policy.yaml",
            self.config_dir / "admission.yaml",
            units / f"{self.unit}.service",
            units / f"{self.unit}.service.env",
            self.root / "etc/default" / self.unit,
        ]
        drop_ins = [*(self.config_dir / "config.yaml.d").glob("*.y*ml"), *(units / f"{self.unit}.service.d").glob("*.conf")]
        return fixed + sorted(path for path in drop_ins if path != self.join_file)
