# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of a large site.

A made-up site on 20 large hypervisors: nodes as one range, then the same nodes given one by one. The comparison with a static
inventory exports the very same hosts, groups and variables to YAML first; it has fewer hosts, because the static one takes minutes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.model import CHECKOUT, Figure, median_seconds

HOSTS = 10_000
LISTED = 1_000
HYPERVISORS = 20
SHA256 = "0" * 64
HEAD = """
schema_version: 1
site: {id: large, name: Large, domain: example.org, os: debian-13, dns_servers: [203.0.113.53]}
vcenters: {vc: {version: 8.0.3, hostname: vc.example.org, port_groups: {lan: lan}}}
networks: {lan: {vlan: 5, cidr: 172.16.0.0/16, gateway: 172.16.255.1}}
sizes: {small: {vcpus: 2, memory_gb: 4, disk_gb: 40}}
k3s: {version: v1.35.0+k3s3, cluster_cidr: 10.64.0.0/10, service_cidr: 10.43.0.0/16}
environments: {all: {network: lan, size: small, vip: none, nodes: [{numbers: 11-13}, *more]}}
"""


def measure() -> list[Figure]:
    """Loading in the process, and ansible-inventory --list against the static export."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        as_range = load_seconds(write_site(folder / "range", HOSTS, one_by_one=False))
        one_by_one = load_seconds(write_site(folder / "single", HOSTS, one_by_one=True))
        small = write_site(folder / "listed", LISTED, one_by_one=False)
        static = folder / "static.yml"
        inventory(small, "--yaml", "--export", "--output", str(static))
        ours, theirs = median_seconds(lambda: inventory(small)), median_seconds(lambda: inventory(static))
    return [
        Figure(f"{HOSTS} nodes as a range: parsed, validated, in the inventory", as_range, "s", 2),
        Figure(f"{HOSTS} nodes one by one: the same, per node", one_by_one / HOSTS * 1000, "ms", 0.5),
        Figure(f"ansible-inventory --list of {LISTED} nodes", ours, "s"),
        Figure("the same hosts, groups and variables as static YAML", theirs, "s"),
        Figure("relation of the two", ours / theirs, "×", 0.35),
    ]


def write_site(folder: Path, nodes: int, *, one_by_one: bool) -> Path:
    """A site of three servers and some agents; returns its inventory file."""
    folder.mkdir()
    names = [f"ESX{number}" for number in range(1, HYPERVISORS + 1)]
    if one_by_one:
        groups = ", ".join(f"{{numbers: {21 + i}, role: agent, hosts: [{names[i % HYPERVISORS]}]}}" for i in range(nodes))
    else:
        groups = f"{{numbers: 21-{20 + nodes}, role: agent}}"
    lines = [HEAD.replace("*more", groups), f"placement: {{hosts: [{', '.join(names)}]}}", "hypervisors:"]
    for name in names:
        limits = "version: 8.0.3, cores: 512, memory_gb: 4096, datastores: {ssd: 100000}"
        lines.append(f"  {name}: {{vcenter: vc, hostname: {name.lower()}.example.org, {limits}}}")
    (folder / "matrix.yml").write_text("\n".join(lines) + "\n")
    (folder / "versions.lock.yml").write_text(f'k3s: {{v1.35.0+k3s3: {{amd64: {{k3s: "{SHA256}"}}}}}}\n')
    path = folder / "environment_matrix.yml"
    path.write_text("plugin: groundwork.platform.environment_matrix\nmatrix: matrix.yml\n")
    return path


def load_seconds(path: Path) -> float:
    """Median of five runs of the plugin in one fresh process."""
    done = subprocess.run([sys.executable, "-m", "tests.bench.load_inventory", path], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return float(done.stdout)


def inventory(path: Path, *options: str) -> None:
    """One run of ansible-inventory --list."""
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "collections")}
    command = [sys.executable, "-m", "ansible.cli.inventory", "-i", str(path), "--list", *options]
    subprocess.run(command, cwd=path.parent, check=True, capture_output=True, env=environment)
