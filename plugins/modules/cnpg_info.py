#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module cnpg_info: how PostgreSQL clusters are, and whether they could be brought back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cnpg_info
short_description: How PostgreSQL clusters of CloudNativePG are, and whether they could be brought back
version_added: 0.3.0
author: groundwork.platform contributors (@groundwork)
description:
  - Reads all clusters of a namespace or of a whole Kubernetes cluster with their archives. A cluster that is healthy and whose WAL is not
    archived, or that has no base backup, or whose backup nobody has restored, is named with what it lacks.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
  - groundwork.platform.kube
options:
  namespace:
    description: Namespace to look into; empty for all.
    type: str
    default: ""
  name:
    description: One cluster; empty for all.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Read all databases
  groundwork.platform.cnpg_info:
    kubeconfig: ~/.kube/config
    context: example-dev
  register: databases

- name: Stop where one could not be brought back
  ansible.builtin.assert:
    that: databases.unprotected | length == 0
    fail_msg: "{{ databases.unprotected | join('; ') }}"
"""

RETURN = r"""
clusters:
  description: Every cluster.
  returned: success
  type: list
  elements: dict
  sample:
    - {name: shop, namespace: databases, phase: Cluster in healthy state, primary: shop-1, healthy: true, archiving: true, object_store: shop,
       server_name: shop, first_recoverability_point: "2026-11-01T02:00:11+00:00", last_backup: "2026-11-22T02:00:14+00:00",
       proven_at: "2026-11-21T04:10:00+00:00", fenced: [], hibernated: false, lacks: []}
unprotected:
  description: What clusters lack so that they could be brought back, one text for each.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.info import read
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._kube.arguments import KUBE_OPTIONS, kube_of
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError


def main() -> None:
    """Arguments in, clusters out."""
    options = {"namespace": {"type": "str", "default": ""}, "name": {"type": "str", "default": ""}}
    module = AnsibleModule({**KUBE_OPTIONS, **options}, supports_check_mode=True)
    try:
        clusters = read(kube_of(module), module.params["namespace"], module.params["name"])
    except KubeError as error:
        module.fail_json(msg=str(explained(error)))
    lacking = [f"{found['namespace']}/{found['name']} {reason}" for found in clusters for reason in found["lacks"]]
    module.exit_json(changed=False, clusters=clusters, unprotected=lacking)


if __name__ == "__main__":
    main()
