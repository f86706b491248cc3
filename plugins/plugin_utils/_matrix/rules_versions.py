# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about versions: exact, known, supported, and fitting together."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix import compatibility as table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path, did_you_mean
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule

K3S = re.compile(r"v\d+\.\d+\.\d+\+k3s\d+")
EXACT = re.compile(r"v?\d+(\.\d+){1,3}([+-][0-9A-Za-z.+-]+)?")


def k3s_versions(matrix: Matrix) -> Iterator[tuple[Path, str]]:
    """(where it is said, version) for the site and for each environment that says its own."""
    if matrix.k3s.version is not None:
        yield ("k3s", "version"), matrix.k3s.version
    for key, environment in matrix.environments.items():
        if environment.k3s and environment.k3s.version is not None:
            yield ("environments", key, "k3s", "version"), environment.k3s.version


def _tools(facts: Facts) -> Iterator[tuple[Path, str, str]]:
    for name, machine in facts.matrix.machines.items():
        for tool, version in machine.tools.items():
            yield ("machines", name, "tools", tool), tool, version


@rule("GW501", "not an exact version", "latest, stable, channels and ranges mean something else tomorrow; a repeated run must install the same.")
def not_exact(facts: Facts) -> Iterator[Finding]:
    """K3s releases and tools."""
    for path, version in k3s_versions(facts.matrix):
        if not K3S.fullmatch(version):
            yield Finding(path, f"{version!r} is not an exact K3s release", "write one such as v1.35.0+k3s3")
    for path, tool, version in _tools(facts):
        if not EXACT.fullmatch(version):
            yield Finding(path, f"{version!r} is not an exact version of {tool}", "write the full number, such as 1.35.0")


@rule("GW502", "version whose support has ended", "No security fixes: Kubernetes releases and operating systems by their published end dates.")
def ended(facts: Facts) -> Iterator[Finding]:
    """Kubernetes release lines and the operating system."""
    for path, version in k3s_versions(facts.matrix):
        line = table.release_line(version)
        if table.has_ended(table.KUBERNETES_ENDS, line):
            yield Finding(path, f"Kubernetes {line} ended on {table.KUBERNETES_ENDS[line]}", f"choose a release of {_supported(table.KUBERNETES_ENDS)}")
    os = facts.matrix.site.os
    if table.has_ended(table.OS_ENDS, os):
        yield Finding(("site", "os"), f"{os} ended on {table.OS_ENDS[os]}", f"choose one of {_supported(table.OS_ENDS)}")


def _supported(ends: dict[str, datetime.date]) -> str:
    return ", ".join(line for line in ends if not table.has_ended(ends, line))


@rule("GW503", "version that the compatibility table does not know", "Limits such as the virtual hardware version come from the table.")
def not_in_table(facts: Facts) -> Iterator[Finding]:
    """ESXi releases, Kubernetes release lines, the operating system."""
    for key, host in facts.matrix.hypervisors.items():
        if host.version not in table.ESXI_HARDWARE:
            remedy = did_you_mean(host.version, table.ESXI_HARDWARE, "known are")
            yield Finding(("hypervisors", key, "version"), f"ESXi {host.version!r} is not in the compatibility table", remedy)
    for path, version in k3s_versions(facts.matrix):
        line = table.release_line(version)
        if K3S.fullmatch(version) and line not in table.KUBERNETES_ENDS:
            remedy = did_you_mean(line, table.KUBERNETES_ENDS, "known are")
            yield Finding(path, f"Kubernetes {line} is not in the compatibility table", remedy)
    if facts.matrix.site.os not in table.OS_ENDS:
        remedy = did_you_mean(facts.matrix.site.os, table.OS_ENDS, "known are")
        yield Finding(("site", "os"), f"operating system {facts.matrix.site.os!r} is not in the compatibility table", remedy)


@rule("GW504", "versions that are known not to work", "Releases with a fault that stops clusters, and pairs that refuse each other.")
def known_bad(facts: Facts) -> Iterator[Finding]:
    """Single K3s releases, and Kubernetes with the operating system."""
    os = facts.matrix.site.os
    for path, version in k3s_versions(facts.matrix):
        if version in table.K3S_FAULTS:
            yield Finding(path, f"K3s {version} is known not to work: {table.K3S_FAULTS[version]}", "choose another patch release")
        line = table.release_line(version)
        if os in table.CGROUP_V1_SYSTEMS and line in table.KUBERNETES_ENDS and _minor(line) >= table.CGROUP_V2_FROM_MINOR:
            yield Finding(path, f"Kubernetes {line} refuses the cgroup v1 of {os}", "choose a newer operating system")


@rule("GW505", "virtual hardware version above the host's maximum", "ESXi does not start machines of a newer virtual hardware version than its own.")
def hardware_too_new(facts: Facts) -> Iterator[Finding]:
    """Hardware versions that node groups and machines ask for."""
    for path, wanted, hosts in _hardware(facts):
        for key in hosts:
            host = facts.matrix.hypervisors.get(key)
            highest = table.ESXI_HARDWARE.get(host.version) if host else None
            if host and highest and wanted > highest:
                yield Finding(
                    path, f"hardware version {wanted} is above {highest}, the maximum of {key} (ESXi {host.version})", f"use {highest}, or leave it out"
                )
                break


def _hardware(facts: Facts) -> Iterator[tuple[Path, int, list[str]]]:
    for key, environment in facts.matrix.environments.items():
        for index, group in enumerate(environment.nodes):
            if group.hardware_version:
                hosts = group.hosts or facts.matrix.placement.hosts
                yield ("environments", key, "nodes", index, "hardware_version"), group.hardware_version, hosts[: len(group.numbers)]
    for name, machine in facts.matrix.machines.items():
        if machine.hardware_version:
            yield ("machines", name, "hardware_version"), machine.hardware_version, [machine.host]


@rule("GW506", "kubectl too far from the cluster", "kubectl supports one minor version of difference (kubernetes.io/releases/version-skew-policy).")
def kubectl_skew(facts: Facts) -> Iterator[Finding]:
    """Kubectl on the management machine against every K3s version in use."""
    lines = {table.release_line(version) for _path, version in k3s_versions(facts.matrix) if K3S.fullmatch(version)}
    for path, tool, version in _tools(facts):
        if tool == "kubectl" and EXACT.fullmatch(version):
            far = sorted(line for line in lines if abs(_minor(line) - _minor(table.release_line(version))) > 1)
            if far:
                yield Finding(path, f"kubectl {version} does not support Kubernetes {', '.join(far)}", "use the minor version of the cluster")


def _minor(line: str) -> int:
    return int(line.split(".")[1])


@rule("GW507", "no K3s version", "Every environment with nodes needs one, its own or the site's.")
def no_version(facts: Facts) -> Iterator[Finding]:
    """Environments for which neither they nor the site name a release."""
    for key, environment in facts.matrix.environments.items():
        if facts.matrix.k3s.overlaid(environment.k3s).version is None:
            yield Finding(("environments", key), f"nothing says which K3s release {key} runs", "add k3s.version, such as v1.35.0+k3s3", at_key=True)


@rule("GW508", "version that is not in the lock file", "Only files with a checksum in the lock file are installed.")
def not_locked(facts: Facts) -> Iterator[Finding]:
    """K3s releases in use against the lock file."""
    for path, version in k3s_versions(facts.matrix):
        if K3S.fullmatch(version) and version not in facts.lock.k3s:
            remedy = did_you_mean(version, facts.lock.k3s, "add its files with their SHA-256; listed are")
            yield Finding(path, f"{version} is not in the lock file", remedy)


@rule("GW551", "hypervisor or tool whose support has ended", "It still works, and nobody fixes it any more.", warning=True)
def ended_below(facts: Facts) -> Iterator[Finding]:
    """What cannot be replaced by changing a line of the matrix is a warning."""
    for key, host in facts.matrix.hypervisors.items():
        line = table.release_line(host.version)
        if table.has_ended(table.ESXI_ENDS, line):
            yield Finding(("hypervisors", key, "version"), f"ESXi {line} on {key} ended on {table.ESXI_ENDS[line]}", "plan its replacement")
    for path, tool, version in _tools(facts):
        end = table.TOOL_ENDS.get((tool, table.release_line(version)))
        if end and end < table.AS_OF:
            yield Finding(path, f"{tool} {table.release_line(version)} ended on {end}", "plan the next version")
