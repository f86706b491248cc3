#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module k3s_hardening_info: tries what hardening promises. The trying is in _k3s/hardening_probe, the judgement in _k3s/hardening."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_hardening_info
short_description: Try whether a K3s host keeps what its hardening promises
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Looks at kernel settings, modes of files, and whether the firewall's table is loaded.
  - On a server it also reads whether Secrets lie encrypted in etcd, makes a request and looks for it in the audit log, asks the API server to
    admit a privileged pod as a dry run, and looks for this host's tokens in the annotations of Nodes.
  - Tries a port of other nodes that no flow opens, and one that a flow opens.
  - Changes nothing, and returns no secret.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
options:
  role:
    description: Which K3s runs here.
    type: str
    choices: [server, agent]
    default: server
  secrets_encrypted:
    description: Whether Secrets have to lie encrypted in etcd.
    type: bool
    default: true
  firewall:
    description: Whether this host and O(peers) have to let in nothing but the flows.
    type: bool
    default: true
  peers:
    description: Addresses of other nodes whose ports are tried from here.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Try what hardening promises
  groundwork.platform.k3s_hardening_info:
    peers: [192.0.2.22]
  register: hardening

- name: Have it kept
  ansible.builtin.assert:
    that: hardening.problems | length == 0
    fail_msg: "{{ hardening.problems | join('; ') }}"
"""

RETURN = r"""
problems:
  description: One line per promise that is not kept, with its remedy.
  returned: always
  type: list
  elements: str
  sample: ["kernel.panic is 1, the kubelet demands 10; repeat site.yml --tags host_base"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import hardening, hardening_probe
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths


def main() -> None:
    """Arguments in, problems out."""
    module = AnsibleModule(
        argument_spec={
            "role": {"type": "str", "choices": ["server", "agent"], "default": "server"},
            "secrets_encrypted": {"type": "bool", "default": True},
            "firewall": {"type": "bool", "default": True},
            "peers": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )

    def run(command: list[str]) -> str:
        try:
            code, out, _unused = module.run_command(command, environ_update={"LC_ALL": "C"}, handle_exceptions=False)
        except OSError:  # there is no such program
            return ""
        return out if code == 0 else ""

    arguments = module.params
    paths = Paths(unit="k3s" if arguments["role"] == "server" else "k3s-agent")
    seen = hardening_probe.look(run, paths, arguments["peers"] if arguments["firewall"] else [])
    module.exit_json(changed=False, problems=hardening.problems(seen, arguments["secrets_encrypted"], arguments["firewall"]))


if __name__ == "__main__":
    main()
