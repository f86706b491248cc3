#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: hand etcd's leadership over before K3s stops on this server."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_etcd_yield
short_description: Hand etcd's leadership over before K3s stops on this server
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Makes another voter the leader of etcd, if this server is it.
  - Without that the others notice the silence of a stopped leader after the election timeout, and no API server of the cluster answers for five
    to ten seconds.
  - Never fails. When nobody takes over, the clients wait for the election, and RV(reason) says so.
extends_documentation_fragment:
  - groundwork.platform.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
requirements:
  - The task runs as root on a K3s server with embedded etcd.
options: {}
"""

EXAMPLES = r"""
- name: Let another server lead etcd
  groundwork.platform.k3s_etcd_yield:

- name: Stop K3s
  ansible.builtin.systemd_service:
    name: k3s
    state: stopped
"""

RETURN = r"""
heir:
  description: Name of the etcd member that leads instead, V(null) if this one did not lead or nobody took over.
  returned: always
  type: str
  sample: k8s-dev-22-5c2f1a90
reason:
  description: What happened, for a person.
  returned: always
  type: str
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import endpoints, leadership
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths


def main() -> None:
    """Look, hand over, say who leads."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    ask = partial(endpoints.etcd, Paths(), timeout=leadership.TIMEOUT)
    done = leadership.hand_over(ask, act=not module.check_mode)
    module.exit_json(changed=done.heir is not None, heir=done.heir, reason=done.reason)


if __name__ == "__main__":
    main()
