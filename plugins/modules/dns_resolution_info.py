#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: whether DNS records resolve."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_resolution_info
short_description: Whether DNS records resolve, forward and reverse
version_added: 0.1.0
author:
  - groundwork.platform contributors (@groundwork)
description:
  - Asks the resolver of the machine it runs on for each record, all at the same time, and says what differs.
  - A wildcard is asked for with a name that nobody has.
  - Names in C(/etc/hosts) count, because they count for every program on the machine.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
options:
  records:
    description: Address records that should exist.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Absolute name without the final dot; may begin with C(*.).
        type: str
        required: true
      type:
        description: Type of the record.
        type: str
        choices: [A]
        default: A
      value:
        description: IPv4 address.
        type: str
        required: true
  reverse:
    description: Also ask which name each address has. Wildcards, and further names of one address, are left out.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Check the names of an environment from the management machine
  groundwork.platform.dns_resolution_info:
    records: "{{ groundwork_dns_records }}"
  delegate_to: localhost
  register: dns

- name: Stop when a name is missing
  ansible.builtin.assert:
    that: not dns.problems
    fail_msg: "{{ dns.problems }}"
"""

RETURN = r"""
problems:
  description: One sentence for each record that does not resolve as wanted, with what to do. Empty when all is well.
  returned: always
  type: list
  elements: str
  sample:
    - "k8s-dev-21.example.org does not resolve; create: k8s-dev-21.example.org. IN A 192.0.2.21"
checked:
  description: How many questions were asked.
  returned: always
  type: int
  sample: 6
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._resolution import check_records


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "records": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "name": {"type": "str", "required": True},
                    "type": {"type": "str", "choices": ["A"], "default": "A"},
                    "value": {"type": "str", "required": True},
                },
            },
            "reverse": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    problems, checked = check_records(module.params["records"], module.params["reverse"])
    module.exit_json(changed=False, problems=problems, checked=checked)


if __name__ == "__main__":
    main()
