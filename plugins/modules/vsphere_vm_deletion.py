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
    If one of those named is not, or if a vCenter cannot be read, nothing is deleted. A deletion that fails lets those end that run in its vCenter,
    and does not bring back what is gone.
  - Nothing else in this collection deletes machines.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.vcenters
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
