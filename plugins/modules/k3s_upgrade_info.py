#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: what on a K3s server stands against an upgrade."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_upgrade_info
short_description: What on a K3s server stands against an upgrade
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Looks for APIs in use that the wanted version no longer has, for PodDisruptionBudgets that allow no eviction, for space that K3s needs at its start,
    and for an etcd that the wanted version's must not follow.
  - Each API server counts the requests that it served itself since its start, so every server is asked.
  - Where K3s stands still nothing is served; there the space counts alone, and the upgrade is what brings it up.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
requirements:
  - The task runs as root on a K3s server.
options:
  version:
    description: The wanted version, such as V(v1.35.0+k3s3).
    type: str
    required: true
  allowed_budgets:
    description: PodDisruptionBudgets, as C(namespace/name), that are known to give way to a drain.
    type: list
    elements: str
    default: []
  serving:
    description: Whether K3s runs on this server, so that its API has to answer.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Look for what stands against the upgrade
  groundwork.platform.k3s_upgrade_info:
    version: v1.35.0+k3s3
  register: upgrade
"""

RETURN = r"""
problems:
  description: One sentence with a remedy for each finding. Empty when nothing stands against it.
  returned: always
  type: list
  elements: str
"""

import json
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import endpoints, upgrade
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths


def main() -> None:
    """Arguments in, problems out."""
    module = AnsibleModule(
        argument_spec={
            "version": {"type": "str", "required": True},
            "allowed_budgets": {"type": "list", "elements": "str", "default": []},
            "serving": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )

    def kubectl(*arguments: str) -> str:
        code, out, error = module.run_command([str(Paths().binary), "kubectl", "--request-timeout=20s", *arguments])
        if code:
            module.fail_json(msg=f"the API of this server did not answer: {error.strip()}; bring it up first (site.yml)")
        return str(out)

    try:
        problems = find(module.params, kubectl)
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, problems=problems)


def find(arguments: t.Mapping[str, t.Any], kubectl: t.Callable[..., str]) -> list[str]:
    """Every finding on this server; raises ValueError for an unusable version."""
    database = Paths().etcd_dir / "member/snap/db"
    state = os.statvfs(str(Paths().server_dir))
    space = upgrade.space_problem(database.stat().st_size if database.is_file() else 0, state.f_bavail * state.f_frsize)
    if not arguments["serving"]:
        return [space] if space else []
    apis = upgrade.deprecated_apis(kubectl("get", "--raw", "/metrics"), arguments["version"])
    budgets = upgrade.blocking_budgets(json.loads(kubectl("get", "poddisruptionbudgets", "--all-namespaces", "--output=json"))["items"])
    problems = [f"{api} is still in use; move its clients first" for api in apis]
    problems += [
        f"PodDisruptionBudget {budget} allows no eviction, so a drain would wait in vain; scale up, or name it in upgrade_allowed_budgets"
        for budget in budgets
        if budget not in arguments["allowed_budgets"]
    ]
    return problems + [found for found in (space, upgrade.etcd_problem(endpoints.etcd_version(Paths()), arguments["version"])) if found]


if __name__ == "__main__":
    main()
