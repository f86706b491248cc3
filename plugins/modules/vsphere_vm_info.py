#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module vsphere_vm_info: where machines are, in all vCenters, and which hosts there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vsphere_vm_info
short_description: Say where virtual machines are
version_added: 0.2.0
author: groundwork.platform contributors (@eneg-platform)
description:
  - Looks for machines by name in all given vCenters, and says which hosts these have and whether they take machines now.
  - If a vCenter cannot be read the module fails. Where it could be read is returned all the same.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
  - groundwork.platform.vcenters
requirements:
  - pyvmomi >= 8.0.3.0.1
options:
  names:
    description: Names of the machines to look for.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: See where the servers are
  groundwork.platform.vsphere_vm_info:
    vcenters: "{{ vsphere_vcenters }}"
    names: "{{ groups['k3s_server'] }}"
  delegate_to: localhost
  run_once: true
  register: machines
"""

RETURN = r"""
machines:
  description: One element per machine of a wanted name, in natural order. A name that no machine has is not in it, one that several have is in it as often.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the machine.
      type: str
    vcenter:
      description: The vCenter that has it.
      type: str
    host:
      description: Its host's name in that vCenter, in lower case; empty if the host is not in the datacenter.
      type: str
    path:
      description: Path below the datacenter's folder C(vm).
      type: str
    powered_on:
      description: Whether it is switched on.
      type: bool
    template:
      description: Whether it is a template.
      type: bool
    ours:
      description: Whether M(groundwork.platform.vsphere_vm_placement) created it under this name.
      type: bool
hosts:
  description: By vCenter, the names of its hosts in lower case, each with the reason why it takes no machine now, or an empty text.
  returned: always
  type: dict
  sample: {"vcenter-a": {"s2843.eneg.de": "", "s3168.eneg.de": "in maintenance mode"}}
problems:
  description: Why vCenters could not be read, as in M(groundwork.platform.vsphere_vm_placement).
  returned: always
  type: list
  elements: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import arguments
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.look import machines
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import IMPORT_ERROR


def main() -> None:
    """Arguments in, machines and hosts out."""
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
    result = machines(access, targets, params["names"])
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
