# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``vcenters``, as every module that talks to vCenters takes it (``_vsphere/arguments.VCENTER``)."""

from __future__ import annotations


class ModuleDocFragment:
    """Use it as ``extends_documentation_fragment: [groundwork.platform.vcenters]``."""

    DOCUMENTATION = r"""
options:
  vcenters:
    description: The vCenters of the site, all of them, also those on which nothing is wanted now.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Short name by which other options refer to it.
        type: str
        required: true
      hostname:
        description: Name or address of the vCenter.
        type: str
        required: true
      port:
        description: Port of its API.
        type: int
        default: 443
      username:
        description: Account, for example C(ansible@vsphere.local).
        type: str
        required: true
      password:
        description: Its password.
        type: str
        required: true
      ca_path:
        description: PEM file with the CA that signed the certificate. Without it and without O(vcenters[].sha256_pin) the CAs of the system are trusted.
        type: path
      sha256_pin:
        description: SHA-256 of the vCenter's own certificate, in hexadecimal, colons allowed. Only this certificate is then trusted.
        type: str
      datacenter:
        description: Datacenter that holds hosts, template and machines.
        type: str
        required: true
      template:
        description: Name of the template that machines are cloned from. It is never deleted.
        type: str
        required: true
      folder:
        description: VM folder for machines that name none, as a path below the datacenter's folder C(vm).
        type: str
"""
