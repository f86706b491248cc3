#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module vsphere_vm_deletion: delete machines that groundwork created and that are switched off."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vsphere_vm_deletion
short_description: Delete virtual machines with their disks
version_added: 0.2.0
author: groundwork.platform contributors (@eneg-platform)
description:
  - Deletes the named machines with their disks, wherever they are in the given vCenters.
  - Only machines that M(groundwork.platform.vsphere_vm_placement) created are deleted, known by their marker, and only while they are switched off.
    If one of those named is not, or if a vCenter cannot be read, nothing is deleted.
  - Nothing else in this collection deletes machines.
extends_documentation_fragment:
  - groundwork.platform.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - pyvmomi >= 8.0.3.0.1
options:
  vcenters:
    description: The vCenters of the site, all of them, as for M(groundwork.platform.vsphere_vm_placement).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Short name.
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
        description: Datacenter of the site.
        type: str
        required: true
      template:
        description: Name of the template. It is never deleted.
        type: str
        required: true
      folder:
        description: VM folder of the site. Machines are found wherever they are.
        type: str
  names:
    description: Names of the machines to delete. One that does not exist is deleted already.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Delete a machine that has left its cluster and is switched off
  groundwork.platform.vsphere_vm_deletion:
    vcenters: "{{ vsphere_vcenters }}"
    names: [k8s-dev-22]
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
found:
  description: Where the machines are that exist, by name.
  returned: always
  type: dict
  sample: {"k8s-dev-22": "vcenter-a:/DC/vm/k8s/dev/k8s-dev-22"}
absent:
  description: Names that no machine has.
  returned: always
  type: list
  elements: str
deleted:
  description: Machines that were deleted.
  returned: always
  type: list
  elements: str
problems:
  description: Everything that stands against it, or went wrong, as in M(groundwork.platform.vsphere_vm_placement).
  returned: always
  type: list
  elements: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import arguments
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.delete import Deletion
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import IMPORT_ERROR


def main() -> None:
    """Arguments in, outcome out."""
    module = AnsibleModule(
        argument_spec={
            "vcenters": {"type": "list", "elements": "dict", "required": True, "options": arguments.VCENTER},
            "names": {"type": "list", "elements": "str", "required": True},
        },
        supports_check_mode=True,
    )
    if IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("pyvmomi"), exception=str(IMPORT_ERROR))
    params: dict[str, t.Any] = module.params
    access, targets = arguments.parse_vcenters(params["vcenters"])
    result = Deletion(access, targets, params["names"], changing=not module.check_mode).execute()
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
