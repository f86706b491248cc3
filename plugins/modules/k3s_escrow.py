#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module k3s_escrow: what a server has to give. Bundles are made and opened on the controller, in the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_escrow
short_description: Keep a snapshot of etcd together with the secrets that open it, encrypted
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - A snapshot of K3s's etcd is worth nothing without the server token of its time. This module keeps both in one file on the controller,
    encrypted by age for the owners of O(recipients).
  - A bundle holds a manifest, both tokens, the configuration and state of secrets encryption, and the snapshot.
  - Secrets travel from the server's memory through a pipe into age, and back; they never lie on the controller's disk in plain text.
extends_documentation_fragment:
  - groundwork.platform.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - O(state=sealed) writes the bundle anew.
requirements:
  - The program age on the controller; for bundles that are opened its private key, where sops finds it, too.
  - The task runs as root on the server.
options:
  state:
    description:
      - V(sealed) makes a bundle of O(path), a snapshot that has been brought to the controller, and of the secrets of this server.
        O(path) is then removed.
      - V(read) says what a bundle or a snapshot on the controller holds; nothing runs on the host. With O(folder) the snapshot itself is left there.
      - V(tokens) puts the tokens of the bundle O(path) into the token files of this server. K3s reads them when it starts.
    type: str
    choices: [sealed, read, tokens]
    required: true
  path:
    description: File on the controller, a snapshot (also one that K3s has compressed) or a bundle.
    type: path
    required: true
  recipients:
    description: Public age keys, for O(state=sealed).
    type: list
    elements: str
    default: []
  environment:
    description: Name of the environment, for O(state=sealed).
    type: str
    default: ""
  node_name:
    description: Node name of this server, for O(state=sealed).
    type: str
    default: ""
  saved_at:
    description: When the snapshot was saved in seconds since the epoch, for O(state=sealed).
    type: int
    default: 0
  planted:
    description: What the planted objects held when the snapshot was saved, for O(state=sealed).
    type: str
    default: ""
  folder:
    description: Folder on the controller that gets the plain snapshot, for O(state=read).
    type: path
"""

EXAMPLES = r"""
- name: Make a bundle
  groundwork.platform.k3s_escrow:
    state: sealed
    path: /home/admin/snapshots/on-demand-node-1-1795250000
    recipients: [age1example]
    environment: dev
    node_name: node-1
    saved_at: 1795250000

- name: Know what is in it
  groundwork.platform.k3s_escrow:
    state: read
    path: /home/admin/snapshots/on-demand-node-1-1795250000.escrow.age
  register: source
"""

RETURN = r"""
path:
  description: The bundle, or the plain snapshot with O(state=read) and O(folder).
  returned: with O(state=sealed), and with O(state=read) and O(folder)
  type: str
manifest:
  description: What the bundle says of itself; V(null) for a snapshot without one. Nothing in it is secret.
  returned: with O(state=sealed) and O(state=read)
  type: dict
snapshot:
  description: What the snapshot says of itself, as M(groundwork.platform.k3s_snapshot_fetch) returns it, too.
  returned: with O(state=sealed) and O(state=read)
  type: dict
"""

import base64
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.system import k3s_version


def main() -> None:
    """Return the secrets to the action plugin, which hides them; there is nothing else to do on a server."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["sealed", "read", "tokens"], "required": True},
            "path": {"type": "path", "required": True},
            "recipients": {"type": "list", "elements": "str", "default": []},
            "environment": {"type": "str", "default": ""},
            "node_name": {"type": "str", "default": ""},
            "saved_at": {"type": "int", "default": 0},
            "planted": {"type": "str", "default": ""},
            "folder": {"type": "path"},
        },
        supports_check_mode=True,
    )

    def run(command: list[str]) -> str:
        code, out, _unused = module.run_command(command, environ_update={"LC_ALL": "C"})
        return out if code == 0 else ""

    paths = Paths()
    try:
        secrets = {name: base64.b64encode(path.read_bytes()).decode() for name, path in paths.escrow.items() if path.is_file()}
    except OSError as problem:
        module.fail_json(msg=str(problem))
    facts: dict[str, t.Any] = {"k3s_version": k3s_version(run, paths.binary)}
    if "server-token" not in secrets:
        module.fail_json(msg=f"{paths.escrow['server-token']} does not exist: K3s has not started here yet, or this is no server")
    module.exit_json(changed=False, secrets=secrets, **facts)


if __name__ == "__main__":
    main()
