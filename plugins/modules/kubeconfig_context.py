#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module kubeconfig_context: its documentation. The work is done on the controller, in the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeconfig_context
short_description: Put one cluster's credentials into a kubeconfig on the controller
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Adds or replaces a cluster, a user and a context of one name. All other entries stay, also the current context if there is one.
  - Any number of processes may write into one file at once by this module; each of them reads, merges and replaces it while the others wait, for
    an empty file beside it that stays. It does not wait for C(kubectl config), nor that for it.
  - The file has mode 0600 before it holds a byte, and is whole at every moment. Nothing of it is returned or shown.
extends_documentation_fragment:
  - groundwork.platform.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  path:
    description: File on the controller. It and its folder are made if they are not there.
    type: path
    required: true
  source:
    description: The kubeconfig to take the first cluster and user from, as K3s writes it.
    type: str
    required: true
  context:
    description: Name of context, cluster and user.
    type: str
    required: true
  server:
    description: Address of the Kubernetes API to write.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Be able to reach the cluster
  groundwork.platform.kubeconfig_context:
    path: ~/.kube/config
    source: "{{ credentials.content | b64decode }}"
    context: eneg-dev
    server: https://192.0.2.21:6443
  no_log: true
"""

RETURN = r""" # """

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Reached only where the action plugin is not found."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "source": {"type": "str", "required": True, "no_log": True},
            "context": {"type": "str", "required": True},
            "server": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="groundwork.platform.kubeconfig_context runs on the controller; its action plugin was not found")


if __name__ == "__main__":
    main()
