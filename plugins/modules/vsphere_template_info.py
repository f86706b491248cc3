#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module vsphere_template_info: whether templates are what machines can be cloned from."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vsphere_template_info
short_description: Say whether the templates of vCenters are what the site asks for
version_added: 0.2.0
author: groundwork.platform contributors (@eneg-platform)
description:
  - Looks at the template of each vCenter; guest OS, virtual hardware version, first disk, network card, VMware tools, and what its builder says is inside.
  - What is inside cannot be seen from outside. It stands in the template's advanced setting C(groundwork.template) as JSON with C(os) and C(datasource),
    which C(packer/) of this project writes. Without it the module warns; with another operating system or another cloud-init datasource it fails.
  - Everything that is wrong is told at once, and nothing is changed.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
  - groundwork.platform.vcenters
requirements:
  - pyvmomi >= 8.0.3.0.1
options:
  templates:
    description: What is expected of the templates; vCenters that are not in it are left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      vcenter:
        description: Name of the vCenter in O(vcenters).
        type: str
        required: true
      os:
        description: Operating system, such as C(ubuntu-24.04).
        type: str
        required: true
      guest_ids:
        description: Names by which vSphere may call it.
        type: list
        elements: str
        required: true
      hardware_version:
        description: The greatest virtual hardware version that all hosts run.
        type: int
        required: true
      disk_gb:
        description: The smallest disk that a machine is to have, in GB.
        type: int
        required: true
"""

EXAMPLES = r"""
- name: Check what machines are cloned from
  groundwork.platform.vsphere_template_info:
    vcenters: "{{ vsphere_vcenters }}"
    templates: "{{ vsphere_templates }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
templates:
  description: What was found, by vCenter.
  returned: always
  type: dict
  sample:
    vcenter-a: {guest: ubuntu64Guest, hardware_version: 14, disk_gb: 20, tools: true, inside: {os: ubuntu-24.04, datasource: VMware}}
problems:
  description: Everything that differs, as in M(groundwork.platform.vsphere_vm_placement).
  returned: always
  type: list
  elements: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import arguments
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import IMPORT_ERROR
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.template import Expected, check

TEMPLATE = {
    "vcenter": {"type": "str", "required": True},
    "os": {"type": "str", "required": True},
    "guest_ids": {"type": "list", "elements": "str", "required": True},
    "hardware_version": {"type": "int", "required": True},
    "disk_gb": {"type": "int", "required": True},
}


def main() -> None:
    """Arguments in, what differs out."""
    module = AnsibleModule(
        argument_spec={
            "vcenters": {"type": "list", "elements": "dict", "required": True, "options": arguments.VCENTER},
            "templates": {"type": "list", "elements": "dict", "required": True, "options": TEMPLATE},
        },
        supports_check_mode=True,
    )
    if IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("pyvmomi"), exception=str(IMPORT_ERROR))
    params: dict[str, t.Any] = module.params
    access, targets = arguments.parse_vcenters(params["vcenters"])
    expected = {item["vcenter"]: Expected(item["os"], tuple(item["guest_ids"]), item["hardware_version"], item["disk_gb"]) for item in params["templates"]}
    result = check(access, targets, expected)
    for warning in result.pop("warnings"):
        module.warn(warning)
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
