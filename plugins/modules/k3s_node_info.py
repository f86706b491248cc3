#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module k3s_node_info: one look at K3s on one host. The looking is in _k3s/probe, waiting in the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_node_info
short_description: Look at K3s on one host
version_added: 0.1.0
author: groundwork.platform contributors (@groundwork)
description:
  - Reads everything that decisions about a K3s host need in one remote execution.
    That is the binary, the systemd unit, the data on disk, the token's fingerprint, etcd's members, and the health of this host's own etcd and API server.
  - Works whether K3s is absent, stopped, starting, broken or healthy; what does not answer is V(null).
  - With O(wait_for) it looks again and again, says what is missing while it waits, and gives up early when K3s keeps ending.
  - Never returns a token, a password or a key.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
requirements:
  - The host runs systemd 249 or newer, and the task runs as root.
options:
  node_name:
    description: The host's Kubernetes node name, as O(node_name) stands in K3s's C(node-name).
    type: str
    required: true
  role:
    description: Which K3s runs here; decides the unit, C(k3s) or C(k3s-agent).
    type: str
    choices: [server, agent]
    default: server
  hash_files:
    description: Further files to return the SHA-256 and the mode of.
    type: list
    elements: path
    default: []
  certificates:
    description: Return what every certificate of K3s on this host says. Needs C(openssl) on the host.
    type: bool
    default: false
    version_added: 0.2.0
  wait_for:
    description:
      - Look again until this is so, or fail after O(timeout).
      - V(running) waits until systemd calls the unit active.
      - V(member) waits until this server votes in etcd, answers a linearizable read within one second, and its API server is ready.
      - V(node_ready) waits for V(member) and for the Kubernetes node of this host to be Ready.
      - V(settled) waits while K3s is stopping or has been starting for less than a minute, and never fails. It is meant for the look that
        a decision is taken on.
    type: str
    choices: [running, member, node_ready, settled]
  timeout:
    description: Longest wait in seconds.
    type: int
    default: 300
  interval:
    description: Seconds between two looks.
    type: int
    default: 2
  max_restarts:
    description: Give up waiting when systemd has restarted the unit more often than this.
    type: int
    default: 3
  started_after:
    description: Wait for a main process that started after this time, in seconds since the epoch, as RV(k3s.started_at) of an earlier look.
    type: float
    default: 0
"""

EXAMPLES = r"""
- name: Look at K3s
  groundwork.platform.k3s_node_info:
    node_name: "{{ inventory_hostname }}"
  register: k3s_seen

- name: Wait until this server votes
  groundwork.platform.k3s_node_info:
    node_name: "{{ inventory_hostname }}"
    wait_for: member
    timeout: 300
"""

RETURN = r"""
k3s:
  description: What was seen.
  returned: always
  type: dict
  contains:
    node_name: {description: O(node_name) as given., type: str, returned: always}
    architecture: {description: The host's architecture as K3s names its files., type: str, returned: always, sample: amd64}
    binary_version: {description: Version that the binary reports., type: str, returned: always, sample: v1.35.0+k3s3}
    unit_state: {description: systemd's ActiveState or V(absent)., type: str, returned: always, sample: active}
    unit_enabled: {description: Whether the unit starts at boot., type: bool, returned: always}
    unit_reload_needed: {description: Whether systemd has yet to read the unit file again., type: bool, returned: always}
    unit_restarts: {description: How often systemd restarted the unit since it was last started by hand., type: int, returned: always}
    started_at: {description: Start of the main process in seconds since the epoch., type: float, returned: always}
    changed_since_start: {description: Files K3s reads only at its start and that changed after it., type: list, elements: str, returned: always}
    files: {description: C(sha256) and C(mode) of each file of O(hash_files) that exists., type: dict, returned: always}
    has_data: {description: Whether a database exists., type: bool, returned: always}
    has_etcd: {description: Whether etcd data exist., type: bool, returned: always}
    has_sqlite: {description: Whether a SQLite database exists., type: bool, returned: always}
    has_tombstone: {description: Whether this member was removed from its cluster., type: bool, returned: always}
    has_reset_flag: {description: Whether a cluster reset was started and not finished., type: bool, returned: always}
    member_name: {description: Name of this etcd member., type: str, returned: always, sample: k8s-dev-21-5c2f1a90}
    ca_hash: {description: SHA-256 of the cluster's CA., type: str, returned: always}
    token_form: {description: "Form of the token: V(short), V(secure) or V(invalid).", type: str, returned: always}
    token_fingerprint: {description: First 12 digits of the SHA-256 of a strong token's password., type: str, returned: always}
    server_token:
      description: "Digests of the servers' token: C(in_force) in the data folder, C(configured) for the next start; C(accepted) by the running process or not."
      type: dict
      returned: always
    agent_token: {description: The same of the agents' token., type: dict, returned: always}
    datastore_token: {description: "The digest of the token that etcd's bootstrap data lie under, or V(other).", type: str, returned: always}
    credentials:
      description: C(cred/passwd) beside the datastore's copy, V(same), V(older) or V(newer); after V(newer) the next start would fail.
      type: str
      returned: always
    join_url: {description: The server this one asks when it starts., type: str, returned: always}
    members: {description: etcd's members with C(name) C(peer_urls) and C(learner)., type: list, elements: dict, returned: always}
    etcd_healthy: {description: Whether this host's etcd answered a linearizable read within one second., type: bool, returned: always}
    api_ready: {description: Whether this host's API server calls itself ready., type: bool, returned: always}
    votes: {description: Whether this server is a healthy voter., type: bool, returned: always}
    healthy: {description: "Whether the unit is active, the server votes and its API is ready.", type: bool, returned: always}
    node_ready: {description: Whether the Kubernetes node is Ready., type: bool, returned: always}
    node_message: {description: The reason that Kubernetes gives for it., type: str, returned: always}
    node_version: {description: Version of the running kubelet., type: str, returned: always}
    node_cordoned: {description: Whether the Kubernetes node takes no new pods., type: bool, returned: always}
    node_upgrade: {description: Version that an unfinished upgrade brings this node to., type: str, returned: always}
    critical:
      description: What each configuration file sets of the values that K3s fixes when a cluster is founded, as YAML, in the order K3s reads the files.
      type: list
      elements: str
      returned: always
    pod_networks: {description: "Which of calico, cilium and flannel was set up on this host.", type: list, elements: str, returned: always}
    clock: {description: The host's time at the look in seconds since the epoch., type: float, returned: always}
    clock_skew: {description: Seconds by which the host's clock is at least ahead of the one of the machine that runs Ansible., type: float, returned: always}
    kernel_settings: {description: Kernel settings that the kubelet demands with C(protect-kernel-defaults)., type: dict, returned: always}
    kernel_problems: {description: Which of them the kubelet would refuse to start with., type: list, elements: str, returned: always}
    certificates:
      description: Certificates with C(path), C(subject), C(serial), and C(made) and C(not_after) in seconds since the epoch.
      type: list
      elements: dict
      returned: with O(certificates)
    encryption:
      description: "How Secrets are encrypted: C(enabled), name of the C(key), C(digest) of the configuration, C(announced) to the other servers."
      type: dict
      returned: always
    foreign_listener: {description: Who else listens on port 6443., type: str, returned: always}
    last_error: {description: "The line of the journal that explains why K3s is not active, without secrets.", type: str, returned: always}
waited:
  description: Seconds until the condition of O(wait_for) was met.
  returned: with O(wait_for)
  type: int
"""

import time
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import readiness
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, to_dict
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.probe import observe


def main() -> None:
    """Arguments in, observation out."""
    module = AnsibleModule(
        argument_spec={
            "node_name": {"type": "str", "required": True},
            "role": {"type": "str", "choices": ["server", "agent"], "default": "server"},
            "hash_files": {"type": "list", "elements": "path", "default": []},
            "certificates": {"type": "bool", "default": False},
            "wait_for": {"type": "str", "choices": ["running", "member", "node_ready", "settled"]},
            "timeout": {"type": "int", "default": 300},
            "interval": {"type": "int", "default": 2},
            "max_restarts": {"type": "int", "default": 3},
            "started_after": {"type": "float", "default": 0},
        },
        supports_check_mode=True,
    )

    def run(command: list[str]) -> str:
        code, out, _unused = module.run_command(command, environ_update={"LC_ALL": "C"})
        return out if code == 0 else ""

    arguments = module.params
    paths = Paths(unit="k3s" if arguments["role"] == "server" else "k3s-agent")
    seen = observe(run, arguments["node_name"], paths, arguments["hash_files"], arguments["certificates"])
    module.exit_json(changed=False, k3s=to_dict(seen), **_progress(seen, arguments))


def _progress(seen: Observation, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """What the action plugin needs to go on waiting or to stop."""
    if not arguments["wait_for"]:
        return {}
    if arguments["wait_for"] == "settled":
        lacking = readiness.settling(seen, time.time(), arguments["role"] == "server")
    else:
        lacking = readiness.lacking(seen, arguments["wait_for"], arguments["started_after"])
    return {
        "lacking": lacking,
        "hopeless": readiness.hopeless(seen, arguments["max_restarts"], time.time()),
    }


if __name__ == "__main__":
    main()
