#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module mariadb_info: how MariaDB clusters are, and whether their backups are worth something."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mariadb_info
short_description: How MariaDB clusters are, and whether their backups are worth something
version_added: 0.3.0
author: groundwork.platform contributors (@groundwork)
description:
  - Looks at the MariaDB objects of a namespace or of a whole cluster, with their backups.
  - Names what is wrong with each, such as a member that is away, no backup that ever succeeded, one that was never restored for a test,
    or a forced bootstrap that was left behind.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
  - groundwork.platform.kube
options:
  name:
    description: One cluster; all of them if it is empty.
    type: str
    default: ""
  namespace:
    description: Namespace to look in; all of them if it is empty.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Look at every MariaDB
  groundwork.platform.mariadb_info:
    kubeconfig: ~/.kube/config
    context: example-prod
  delegate_to: localhost
  register: mariadb

- name: Have nothing wrong with any
  ansible.builtin.assert:
    that: mariadb.clusters | map(attribute='problems') | flatten | length == 0
"""

RETURN = r"""
clusters:
  description: Each cluster as RV(groundwork.platform.mariadb_cluster#module:cluster), with its backups and what is wrong with it.
  returned: success
  type: list
  elements: dict
  sample:
    - name: nextcloud
      namespace: nextcloud
      ready: true
      members: 3
      ready_members: 3
      primary: nextcloud-0
      last_backup: nextcloud
      last_backup_at: "2026-11-22T02:31:12+00:00"
      proven_at: "2026-11-21T04:00:09Z"
      sequences: {nextcloud-0: -1, nextcloud-1: -1, nextcloud-2: -1}
      problems: []
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._kube.arguments import KUBE_OPTIONS, kube_of
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.listing import clusters
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.refusals import explained


def main() -> None:
    """Arguments in, clusters out."""
    module = AnsibleModule(
        argument_spec={**KUBE_OPTIONS, "name": {"type": "str", "default": ""}, "namespace": {"type": "str", "default": ""}},
        supports_check_mode=True,
    )
    try:
        found = clusters(kube_of(module), module.params["namespace"], module.params["name"])
    except KubeError as error:
        module.fail_json(msg=str(explained(error)))
    module.exit_json(changed=False, clusters=found)


if __name__ == "__main__":
    main()
