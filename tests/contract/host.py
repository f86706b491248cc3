# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A booted Linux host with a ``k3s`` binary, driven over ssh: what the contract tests observe K3s through."""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
import time
import typing as t
from pathlib import Path

SERVER = "/var/lib/rancher/k3s/server"
#: Seconds until something that must come is given up; a busy machine takes its time. None of the rows promises a time.
PATIENCE = 300.0
CONFIG = "/etc/rancher/k3s/config.yaml"
#: The unit of the K3s install script, reduced to what K3s' service contract (section 8 of the research) rests on.
UNIT = """[Unit]
Description=Lightweight Kubernetes
Wants=network-online.target
After=network-online.target
[Service]
Type=notify
KillMode=process
Delegate=yes
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStart=/usr/local/bin/k3s {command}
"""
RESET = """
systemctl kill --kill-whom=all --signal=KILL k3s 2>/dev/null; systemctl stop k3s 2>/dev/null
rm -rf /var/lib/rancher/k3s/server /var/lib/rancher/k3s/agent /etc/rancher/k3s/* /etc/rancher/node
systemctl reset-failed k3s 2>/dev/null; mkdir -p /etc/rancher/k3s; rm -f /tmp/gone
"""


class Result(t.NamedTuple):
    """Exit status and output (both streams) of a command on a host."""

    status: int
    output: str


class Login(t.NamedTuple):
    """How to reach the hosts: user, ssh options (the key among them), and what to put before ssh."""

    user: str
    options: list[str]
    prefix: list[str]


class Host:
    """One host; every method runs as root on it."""

    def __init__(self, name: str, address: str, login: Login) -> None:
        self.name = name
        self.address = address
        options = ["-o", "ControlMaster=auto", "-o", f"ControlPath=/tmp/contract-{os.getpid()}-%h", "-o", "ControlPersist=60"]
        self._ssh = [*login.prefix, "ssh", *login.options, *options, f"{login.user}@{address}"]
        self._before = ""

    def install(self, binary: Path, path: str = "/usr/local/bin/k3s") -> None:
        """Put a program in its place, the binary under test when nothing else is said."""
        with binary.open("rb") as content:
            subprocess.run([*self._ssh, f"sudo install -m 0755 /dev/stdin {path}"], stdin=content, check=True)

    def sh(self, script: str, timeout: float = 120) -> Result:
        """Run a shell script; its text travels on standard input, never in an argument."""
        done = subprocess.run([*self._ssh, "sudo bash -s"], input=script.encode(), capture_output=True, timeout=timeout, check=False)
        return Result(done.returncode, (done.stdout + done.stderr).decode(errors="replace").strip())

    def out(self, script: str, timeout: float = 120) -> str:
        """Run a shell script that must succeed; its output."""
        result = self.sh(script, timeout)
        assert result.status == 0, f"{self.name}: {script!r} ended with {result.status}: {result.output}"
        return result.output

    def write(self, path: str, text: str, mode: str = "0600") -> None:
        encoded = base64.b64encode(text.encode()).decode()
        self.out(f"install -D -m {mode} /dev/null {path}; base64 -d > {path} <<< {encoded}")

    def configure(self, **settings: t.Any) -> None:
        """Write config.yaml; underscores stand for dashes, values are JSON (a subset of YAML)."""
        lines = [f"{key.replace('_', '-')}: {json.dumps(value)}\n" for key, value in settings.items()]
        self.write(CONFIG, "".join(lines))

    def start(self, command: str = "server") -> None:
        """(Re)start the unit without waiting for it. Until systemd gets to it, the unit is still in its run before."""
        self.write("/etc/systemd/system/k3s.service", UNIT.format(command=command), "0644")
        self._before = self.out("systemctl daemon-reload; systemctl show k3s -P InvocationID; systemctl restart --no-block k3s")

    def stop(self) -> None:
        self.out("systemctl stop k3s", timeout=90)

    def foreground(self, arguments: str, seconds: int = 180) -> Result:
        """Run ``k3s …`` in the foreground, ended after some seconds (exit status 124)."""
        return self.sh(f"timeout -k 5 {seconds} /usr/local/bin/k3s {arguments}", timeout=seconds + 20)

    def active(self) -> bool:
        """Whether the unit is active, in a run that began after the last ``start``."""
        return self.sh(f'systemctl is-active --quiet k3s && test "$(systemctl show k3s -P InvocationID)" != "{self._before}"').status == 0

    def wait(self, what: str, ready: t.Callable[[], bool]) -> None:
        """Wait until ``ready()``; on time-out fail with the last lines of the journal."""
        end = time.monotonic() + PATIENCE
        while not ready():
            if time.monotonic() > end:
                raise AssertionError(f"{self.name}: no {what} within {PATIENCE:.0f} s\n" + self.journal(25))
            time.sleep(0.5)

    def wait_active(self) -> None:
        self.wait("active k3s unit", self.active)

    def journal(self, lines: int = 20000) -> str:
        return self.sh(f"journalctl -u k3s --no-pager -o cat -n {lines}").output

    def journal_of_this_start(self) -> str:
        return self.out("journalctl --no-pager -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show k3s -P InvocationID)")

    def read(self, path: str) -> str:
        return self.out(f"cat {path}")

    def mode(self, path: str) -> str:
        return self.out(f"stat -c %a {path}")

    def exists(self, path: str) -> bool:
        return self.sh(f"test -e {path}").status == 0

    def get(self, path: str, credentials: str = "", host: str = "127.0.0.1", extra: str = "") -> Result:
        """GET from a supervisor: status = HTTP code (0 = none), output = body. Credentials are 'user:password'."""
        auth = f"user = {json.dumps(credentials)}\n" if credentials else ""
        script = f"curl -sk -m 10 -K - -o /tmp/body -w '%{{http_code}}' {extra} https://{host}:6443{path} <<'EOF'\n{auth}EOF\necho; cat /tmp/body"
        code, _, body = self.sh(script).output.partition("\n")
        return Result(int(code[-3:] or 0), body)

    def etcd(self, path: str, body: dict[str, t.Any]) -> dict[str, t.Any]:
        """POST to the JSON gateway of this server's own etcd (etcd API v3)."""
        tls = f"{SERVER}/tls/etcd"
        urls = "https://127.0.0.1:2382 https://127.0.0.1:2379"
        options = f"--cacert {tls}/server-ca.crt --cert {tls}/client.crt --key {tls}/client.key -d {shlex.quote(json.dumps(body))}"
        text = self.out(f"for url in {urls}; do curl -sf -m 5 {options} $url{path} && break; done")
        return t.cast("dict[str, t.Any]", json.loads(text))

    def members(self) -> list[dict[str, t.Any]]:
        """The members as /db/info tells them on loopback; empty while it does not answer."""
        answer = self.get("/db/info")
        return json.loads(answer.output)["members"] or [] if answer.status == 200 else []

    def voters(self) -> int:
        return sum(not member.get("isLearner") for member in self.members())

    def kubectl(self, arguments: str) -> Result:
        return self.sh(f"timeout 20 /usr/local/bin/k3s kubectl {arguments}")

    def token(self) -> str:
        """The full form of this server's token."""
        return self.read(f"{SERVER}/token")

    def password(self) -> str:
        return self.token().rsplit(":", 1)[-1]

    def reset(self) -> None:
        """Back to a host without K3s data; the binary stays."""
        self.sh(RESET)
