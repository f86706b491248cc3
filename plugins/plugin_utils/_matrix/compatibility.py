# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The offline compatibility table: what fits together, what has ended, what is known not to work.

State of 2026-11-21. Nothing here looks at the clock: a matrix that was good yesterday is good today with the same collection.
"""

from __future__ import annotations

import datetime
import re

AS_OF = datetime.date(2026, 11, 21)

# Highest virtual hardware version by ESXi release (VMware KB 1003746 / Broadcom KB 315655).
ESXI_HARDWARE = {
    "6.5.0": 13,
    "6.7.0": 14,
    "6.7.2": 15,
    "6.7.3": 15,
    "7.0.0": 17,
    "7.0.1": 18,
    "7.0.2": 19,
    "7.0.3": 19,
    "8.0.0": 20,
    "8.0.1": 20,
    "8.0.2": 21,
    "8.0.3": 21,
    "9.0.0": 22,
}

# End of general support by release line (Broadcom product lifecycle, kubernetes.io/releases, ubuntu.com/about/release-cycle;
# Debian with its long-term support, wiki.debian.org/LTS; wiki.rockylinux.org/rocky/version).
ESXI_ENDS = {
    "6.5": datetime.date(2022, 10, 15),
    "6.7": datetime.date(2022, 10, 15),
    "7.0": datetime.date(2025, 10, 2),
    "8.0": datetime.date(2027, 10, 11),
    "9.0": datetime.date(2031, 6, 17),
}
KUBERNETES_ENDS = {
    "1.29": datetime.date(2025, 2, 28),
    "1.30": datetime.date(2025, 6, 28),
    "1.31": datetime.date(2025, 10, 28),
    "1.32": datetime.date(2026, 2, 28),
    "1.33": datetime.date(2026, 6, 28),
    "1.34": datetime.date(2026, 10, 27),
    "1.35": datetime.date(2027, 2, 28),
    "1.36": datetime.date(2027, 6, 28),
    "1.37": datetime.date(2027, 10, 28),
}
OS_ENDS = {
    "ubuntu-20.04": datetime.date(2025, 5, 31),
    "ubuntu-22.04": datetime.date(2027, 4, 1),
    "ubuntu-24.04": datetime.date(2029, 4, 1),
    "debian-12": datetime.date(2028, 6, 30),
    "debian-13": datetime.date(2030, 6, 30),
    "rocky-8": datetime.date(2029, 5, 31),
    "rocky-9": datetime.date(2032, 5, 31),
}


def release_line(version: str) -> str:
    """``8.0`` of ``8.0.3``, ``1.35`` of ``v1.35.0+k3s3``."""
    match = re.match(r"v?(\d+\.\d+)", version)
    return match[1] if match else version


def has_ended(ends: dict[str, datetime.date], line: str) -> bool:
    """Whether support of a release line had ended when this table was written."""
    return line in ends and ends[line] < AS_OF


# K3s releases with a fault that stops clusters, by what goes wrong (issue numbers of k3s-io/k3s).
# By operating system, the guest OS identifiers of a template, the best first (vSphere API, VirtualMachineGuestOsIdentifier). Older vCenters lack
# the newer names; Ubuntu has one for all its releases.
GUEST_IDS = {
    "ubuntu-20.04": ("ubuntu64Guest",),
    "ubuntu-22.04": ("ubuntu64Guest",),
    "ubuntu-24.04": ("ubuntu64Guest",),
    "debian-12": ("debian12_64Guest", "debian11_64Guest", "debian10_64Guest"),
    "debian-13": ("debian13_64Guest", "debian12_64Guest", "debian11_64Guest", "debian10_64Guest"),
    "rocky-8": ("rockylinux_64Guest", "rhel8_64Guest", "centos8_64Guest"),
    "rocky-9": ("rockylinux_64Guest", "rhel9_64Guest", "centos9_64Guest"),
}

K3S_FAULTS = {
    "v1.35.1+k3s1": "after a restart of the first server it burns a processor and etcd membership is left with a tombstone (issue 13570)",
}
# From this minor version on the kubelet refuses cgroup v1 (KEP-5573) ...
CGROUP_V2_FROM_MINOR = 35
# ... which these systems boot with.
CGROUP_V1_SYSTEMS = {"ubuntu-20.04", "rocky-8"}
TOOL_ENDS = {("opentofu", "1.11"): datetime.date(2026, 8, 19)}
