# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters of servers as the lifecycle tests need them: the first one starts, others join."""

from __future__ import annotations

import typing as t

from .host import SERVER, Host

#: Long enough for K3s's "newer than datastore" (3 s, contract section 2).
LATER = "sleep 4"
DIFFERENT = "bootstrap data already found and encrypted with different token"
NEWER = "cred/passwd newer than datastore and could cause a cluster outage"


def configure(host: Host, password: str, **settings: t.Any) -> None:
    """Write a server's configuration with this token; without other settings it has no Node."""
    host.configure(**{"node_name": host.name, "token": password, "disable_agent": True, **settings})


def start(host: Host, password: str, **settings: t.Any) -> Host:
    """(Re)start a server with this token and wait until it is active."""
    configure(host, password, **settings)
    host.start()
    host.wait_active()
    return host


def url(host: Host) -> str:
    return f"https://{host.address}:6443"


def begin(hosts: list[Host], password: str, **settings: t.Any) -> None:
    """The first host becomes a cluster's first server, the others join it; all vote when this returns."""
    first, *others = hosts
    start(first, password, cluster_init=True, **settings)
    for host in others:
        start(host, password, server=url(first), **settings)
    first.wait(f"{len(hosts)} voters", lambda: first.voters() == len(hosts))


def refused(host: Host, password: str, **settings: t.Any) -> tuple[int, str]:
    """Start a stopped server that must not come up: exit status and output."""
    configure(host, password, **settings)
    return host.foreground("server")


def accepts(host: Host, password: str, user: str = "server") -> bool:
    """Whether a server takes this password: 405 is yes and 401 is no for GET on the PUT-only token route (contract 3.1)."""
    route, yes = ("/v1-k3s/token", 405) if user == "server" else ("/v1-k3s/readyz", 200)
    status = host.get(route, f"{user}:{password}").status
    assert status in (yes, 401), f"{host.name}: {route} answered {status}"
    return status == yes


def passwords(host: Host) -> dict[str, str]:
    """The users of cred/passwd and their passwords."""
    rows = [line.split(",") for line in host.read(f"{SERVER}/cred/passwd").splitlines()]
    return {row[1]: row[0] for row in rows}


def bootstrap_keys(host: Host) -> list[str]:
    """The etcd keys below /bootstrap/."""
    range_ = {"key": "L2Jvb3RzdHJhcC8=", "range_end": "L2Jvb3RzdHJhcDA="}  # "/bootstrap/" to "/bootstrap0"
    return [host.out(f"base64 -d <<< {entry['key']}") for entry in host.etcd("/v3/kv/range", range_)["kvs"]]
