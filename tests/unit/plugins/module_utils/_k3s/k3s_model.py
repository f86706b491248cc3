# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small model of servers that rotate tokens: files, processes and datastore as k3s-contract 3.2 to 3.4 tells them.

It answers two questions of the planners' tests: does a planned start ever fail, and is a majority always up. Every method
of ``Cluster`` whose name starts with ``do_`` yields after each thing that a killed run could leave half done.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Member, Observation, TokenState
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.rotation import Step

Passwords = dict[str, str]


class StartFailed(Exception):
    """K3s refuses to start; the text is its own."""


@dataclass
class Server:
    name: str
    config: Passwords
    passwd: Passwords | None
    passwd_time: float
    in_force: Passwords  # SRV/token and SRV/agent-token
    join: str
    running: Passwords | None = None  # what the process loaded at its start
    asleep: tuple[Passwords, str, float] | None = None  # its etcd's bootstrap data when it stopped
    error: str = ""


@dataclass
class Cluster:
    servers: dict[str, Server]
    key: str  # the servers' password that the bootstrap data lie under
    stored: Passwords
    stored_time: float = 0
    clock: float = 0
    agents: dict[str, str] = field(default_factory=dict)

    @classmethod
    def healthy(cls, count: int, server: str, agent: str) -> Cluster:
        names = [f"node-{i}" for i in range(1, count + 1)]
        both = {"server": server, "node": agent}
        servers = {n: Server(n, dict(both), dict(both), 0, dict(both), names[(i + 1) % count], dict(both)) for i, n in enumerate(names)}
        return cls(servers, server, dict(both), agents={"agent-1": agent})

    @property
    def up(self) -> int:
        return sum(s.running is not None for s in self.servers.values())

    @property
    def majority(self) -> int:
        return len(self.servers) // 2 + 1

    def stop(self, server: Server) -> None:
        if server.running is not None:
            server.running = None
            server.asleep = (dict(self.stored), self.key, self.stored_time)

    def start(self, server: Server) -> None:
        """3.2: bootstrap data from ``server:``, else from its own copy; compare; passwd by configuration; join; save."""
        wanted = server.config["server"]
        data, moment = self._bootstrap(server, wanted)
        if server.passwd is None or server.passwd != data:
            if server.passwd is not None and server.passwd_time >= moment + 3:
                raise StartFailed("cred/passwd newer than datastore and could cause a cluster outage")
            server.passwd, server.passwd_time = dict(data), moment
        if server.passwd != server.config:
            server.passwd, server.passwd_time = dict(server.config), self.clock
        if self.key != wanted:
            raise StartFailed("failed to save bootstrap data: bootstrap data already found and encrypted with different token")
        server.in_force, server.running, server.error = dict(server.passwd), dict(server.passwd), ""

    def _bootstrap(self, server: Server, wanted: str) -> tuple[Passwords, float]:
        peer = self.servers[server.join]
        if peer is not server and peer.running is not None and peer.running["server"] == wanted:
            if self.key == wanted:
                return self.stored, self.stored_time
            return peer.passwd or {}, peer.passwd_time
        stored, key, moment = server.asleep or (self.stored, self.key, self.stored_time)
        if key != wanted:
            raise StartFailed("bootstrap data already found and encrypted with different token")
        return stored, moment

    def systemd(self) -> None:
        """Restart=always: whoever is down tries again."""
        for server in self.servers.values():
            if server.running is None:
                self._try(server)

    def _try(self, server: Server) -> str:
        try:
            self.start(server)
        except StartFailed as problem:
            server.error = str(problem)
        return server.error

    def do_put(self, server: Server, password: str, new: str) -> Iterator[None]:
        """3.3: authenticated by what the process loaded; files first, then the datastore under the old file's password."""
        assert server.running is not None
        assert server.running["server"] == password, "not authorized"
        assert server.passwd is not None
        before = server.passwd["server"]
        server.passwd["server"] = new
        server.passwd_time, server.in_force["server"] = self.clock, new
        yield
        if server.running is None:
            return
        assert self.up >= self.majority, "rotated without quorum"
        assert before == self.key, "rotated through a stale peer"
        self.key, self.stored, self.stored_time = new, dict(server.passwd), server.passwd_time
        yield

    def do(self, step: Step, new: str) -> Iterator[None]:
        """What the playbook does for a step of the servers' token."""
        host = self.servers.get(step.host or "")
        if step.action == "agent":
            self.agents[step.host or ""] = self.servers[step.via or ""].in_force["node"]
            yield
            return
        assert host is not None
        if step.action == "rotate":
            yield from self.do_put(host, host.config["server"], new)
        elif step.action == "write":
            yield from self.do_write(host, step.via or "", "server")
        else:
            yield from self.do_restart(host, step)

    def do_agent(self, step: Step, new: str) -> Iterator[None]:
        """What the playbook does for a step of the agents' token."""
        host = self.servers.get(step.host or "")
        if step.action == "new" and host is not None:
            host.config["node"] = new
            yield
        elif step.action == "renew" and host is not None:
            yield from self.do_put(host, host.config["server"], host.config["server"])
        elif step.action == "write" and host is not None:
            yield from self.do_write(host, step.via or "", "node")
        else:
            yield from self.do(step, "")

    def do_write(self, host: Server, via: str, user: str) -> Iterator[None]:
        host.config[user] = self.servers[via].in_force[user]
        yield

    def do_restart(self, host: Server, step: Step) -> Iterator[None]:
        if step.via:
            host.join = step.via
            yield
        if step.action == "cure":
            host.passwd = None
            yield
        self.stop(host)
        yield
        if host.running is None and self._try(host):
            raise AssertionError(f"a planned start failed: {step}: {host.error}")
        yield

    def look(self) -> dict[str, Observation]:
        members = tuple(Member(f"{name}-0123abcd", (), learner=False) for name in self.servers)
        quorum = self.up >= self.majority
        return {name: self._look(server, members, quorum) for name, server in self.servers.items()}

    def _look(self, server: Server, members: tuple[Member, ...], quorum: bool) -> Observation:
        alive = server.running is not None
        common = Observation(
            node_name=server.name,
            architecture="amd64",
            unit_state="active" if alive else "activating",
            has_etcd=True,
            member_name=f"{server.name}-0123abcd",
            join_url=f"https://{server.join}:6443",
            server_token=self._state(server, "server"),
            agent_token=self._state(server, "node"),
            last_error=server.error or None,
        )
        if not alive or not quorum:
            return common
        known = {server.in_force["server"], server.config["server"]}
        named = token.Token(self.key).digest if self.key in known else "other"
        return dataclasses.replace(common, members=members, etcd_healthy=True, api_ready=True, datastore_token=named, credentials=self._passwd(server))

    def _state(self, server: Server, user: str) -> TokenState:
        held, configured = token.Token(server.in_force[user]), token.Token(server.config[user])
        return TokenState(held.digest, configured.digest, server.running[user] == held.password if server.running else None)

    def _passwd(self, server: Server) -> str | None:
        """server-bootstrap answers from the datastore under the presented password, else from the server's own disk."""
        assert server.running is not None
        presented = server.in_force["server"] if server.running["server"] == server.in_force["server"] else server.config["server"]
        if server.running["server"] != presented or server.passwd is None:
            return None
        if presented != self.key or server.passwd == self.stored:
            return "same"
        return "newer" if server.passwd_time >= self.stored_time + 3 else "older"

    def look_at_agents(self) -> dict[str, Observation]:
        return {name: Observation(name, "amd64", agent_token=TokenState(configured=token.Token(password).digest)) for name, password in self.agents.items()}
