# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Commands of ``lab/lab``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lab.twin import artefacts, commands, preflight
from lab.twin.run import CommandFailed, run


def main(argv: list[str]) -> int:
    """Run one command. Returns the exit code; errors are told in one paragraph, without a traceback."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except CommandFailed as error:
        print(f"lab/lab {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab/lab", description="The twin of a site on this machine. See docs/twin.md.")
    sub = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    up = sub.add_parser("up", help="build a twin of an inventory; a second up changes nothing")
    _what(up)
    up.set_defaults(run=commands.up)
    build = sub.add_parser("build", help="build what the lab consists of, unless it is in the cache; print the paths")
    build.add_argument("names", nargs="*", help=f"of {', '.join(artefacts.buildable())}; default: what every twin of a site needs")
    build.set_defaults(run=_build)
    check = sub.add_parser("check", help="say what this machine lacks to carry a twin")
    check.set_defaults(run=lambda _: commands.require(preflight.lacking()))
    prepare = sub.add_parser("prepare", help="install the Debian packages that a twin needs")
    prepare.set_defaults(run=_prepare)

    for name, text, run_ in (
        ("down", "remove a twin and everything of it", commands.down),
        ("summary", "where the twin deviates from production and what it cannot show", commands.summarize),
        ("status", "hosts, addresses, power and memory in use", commands.status),
    ):
        command = sub.add_parser(name, help=text)
        _named(command)
        command.set_defaults(run=run_)
    shell = sub.add_parser("shell", help="run a command inside the twin, as on the management VM; default: a shell")
    _named(shell)
    shell.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD")
    shell.set_defaults(run=commands.shell)
    logs = sub.add_parser("logs", help="console of a host, or the supervisor's log")
    _named(logs)
    logs.add_argument("host", nargs="?")
    logs.set_defaults(run=commands.logs)
    reinstall = sub.add_parser("reinstall", help="install an ESXi host anew, as the matrix has it now: another version, another vCenter, empty disks")
    _named(reinstall)
    reinstall.add_argument("host", metavar="HYPERVISOR", help="key in the matrix, such as HOST1")
    reinstall.set_defaults(run=commands.reinstall)
    for name, text in (
        ("kill", "cut the power of a host, or end a service (vcenter-a, mirror, s3, git, acme, dns, time)"),
        ("start", "switch a host or a service on again"),
        ("cut", "pull the network cable of a host or a vCenter"),
        ("mend", "plug the network cable in again"),
    ):
        fault = sub.add_parser(name, help=text)
        _named(fault)
        fault.add_argument("host")
        fault.set_defaults(run=commands.fault)
    return parser


def _what(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("inventory", nargs="?", type=Path, help="folder with environment_matrix.yml, such as inventories/dev")
    parser.add_argument("--bare", type=int, metavar="N", help="instead: N hosts without a vCenter, to work on what runs in a host")
    parser.add_argument("--no-k3s", action="store_true", help="without K3s in the mirror, to work on virtual machines and hosts")
    parser.add_argument("--gitops", action="store_true", help="with what it takes to run the clusters from Git (half an hour to build, the first time)")
    parser.add_argument("--only", default="", metavar="NAMES", help="with --gitops: these components and applications, such as argocd,sops-secrets-operator")
    parser.add_argument("--memory", type=int, default=4096, metavar="MB", help="memory limit of each bare host (default 4096)")
    _named(parser)


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="name of the twin; default: the inventory's, or the only twin there is")


def _build(arguments: argparse.Namespace) -> None:
    for name in arguments.names or artefacts.usual():
        print(artefacts.build(name))


def _prepare(_: argparse.Namespace) -> None:
    commands.require(preflight.system_problems())
    packages = preflight.missing_packages()
    if not packages:
        return
    print(f"installing Debian packages: {' '.join(packages)}", file=sys.stderr, flush=True)
    run([*commands.sudo(), "apt-get", "update", "--quiet"])
    run([*commands.sudo(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "--no-install-recommends", *packages])
