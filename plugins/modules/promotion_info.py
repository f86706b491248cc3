#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module promotion_info: documentation. The work is done on the controller, in the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: promotion_info
short_description: Say which release runs in which environment, and what keeps it from going on
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Reads the lock files of the server's branch and the Applications of every cluster. A cluster that does not answer is part of the answer.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
requirements:
  - pydantic >= 2 on the controller
  - kubernetes on the controller
options:
  path:
    description: Clone of the repository, on the controller.
    type: path
    required: true
  matrix:
    description: The environment matrix.
    type: path
    required: true
  overlays:
    description: Files with deviations from the matrix, applied in order.
    type: list
    elements: path
    default: []
  page:
    description: File for the same as an HTML page, which needs no server.
    type: path
"""

EXAMPLES = r"""
- name: See what could be promoted
  groundwork.platform.promotion_info:
    path: ~/clusters
    matrix: "{{ groundwork_matrix_path }}"
  register: status
"""

RETURN = r"""
rows:
  description: >-
    For each component of each environment its version, release and health, for how many seconds it runs (C(age)), how many seconds
    of the soak time are left, where it would go to, and what keeps it (C(blockers)).
  returned: success
  type: list
  elements: dict
lines:
  description: The same as a table.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._promotion_arguments import PROMOTION_INFO


def main() -> None:
    """Reached only where the action plugin is not found."""
    module = AnsibleModule(argument_spec=PROMOTION_INFO, supports_check_mode=True)
    module.fail_json(msg="groundwork.platform.promotion_info runs on the controller; its action plugin was not found")


if __name__ == "__main__":
    main()
