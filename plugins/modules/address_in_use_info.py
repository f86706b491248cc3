#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: whether anybody already uses an address."""

from __future__ import annotations

DOCUMENTATION = r"""
module: address_in_use_info
short_description: Whether anybody already answers at addresses that should be free
version_added: 0.1.0
author:
  - groundwork.platform contributors (@groundwork)
description:
  - Tries TCP ports of every address at the same time. A machine that accepts or refuses a connection is there; silence or C(no route) says nothing.
  - A host whose firewall drops everything is not found.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
options:
  addresses:
    description: IPv4 or IPv6 addresses that should be free.
    type: list
    elements: str
    required: true
  ports:
    description: TCP ports to try.
    type: list
    elements: int
    default: [22, 80, 443, 3389, 6443]
  timeout:
    description: Seconds to wait for an answer.
    type: float
    default: 1
"""

EXAMPLES = r"""
- name: Look whether the addresses of new machines are free
  groundwork.platform.address_in_use_info:
    addresses: [192.0.2.21, 192.0.2.22]
  delegate_to: localhost
  register: addresses
"""

RETURN = r"""
in_use:
  description: How each address that is in use answered.
  returned: always
  type: dict
  sample: {"192.0.2.21": "accepts connections on port 22"}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._addresses import find_in_use


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "addresses": {"type": "list", "elements": "str", "required": True},
            "ports": {"type": "list", "elements": "int", "default": [22, 80, 443, 3389, 6443]},
            "timeout": {"type": "float", "default": 1},
        },
        supports_check_mode=True,
    )
    arguments = module.params
    module.exit_json(changed=False, in_use=find_in_use(arguments["addresses"], arguments["ports"], arguments["timeout"]))


if __name__ == "__main__":
    main()
