#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module k3s_join_token: the truth about a cluster's join tokens, their files on a host, and the one call that rotates them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_join_token
short_description: Read, place, verify or rotate a K3s join token
version_added: 0.1.0
author: groundwork.platform contributors (@groundwork)
description:
  - With O(state=read), reads the token in force from a server. Form and fingerprint are returned; the token itself only with O(reveal=true).
  - With O(state=present), writes the token file, mode C(0600), before K3s starts for the first time. A token is generated when none is given and none is there.
  - A host that holds cluster data keeps the token in force. A different one is refused, because K3s would not start with it; changing a token is rotation.
  - With O(state=verified), asks a server whether it takes the token in the file, and says why not, before K3s is started.
    A successful restart proves nothing about a token, because a server that holds data starts without one.
  - With O(state=rotated), makes the one call of a rotation on this server. Files, restarts and their order belong to a playbook.
    Refused while any server is away, lags behind the last rotation, or is needed for the majority.
  - Refuses the forms that K3s takes and later breaks on, such as an empty token, kubeadm's form, or a token for the wrong role.
extends_documentation_fragment:
  - groundwork.platform.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The diff shows forms and fingerprints, never tokens.
  idempotent:
    support: partial
    details:
      - O(state=rotated) without O(token) rotates again once the server has restarted since the last call.
requirements:
  - The task runs as root.
options:
  state:
    description:
      - V(read) looks at the token in force on a server; V(present) sees to the token file of this host.
      - V(verified) fails unless the server at O(address) accepts the token file's token; RV(verdict) tells the cases apart.
      - V(rotated) calls for the rotation on this host, if it has not been called yet.
        With O(kind=agent) the datastore takes over the agents' token with which this server has just restarted.
    type: str
    choices: [read, present, verified, rotated]
    default: present
  kind:
    description: Whether the token admits servers (and agents) or agents only.
    type: str
    choices: [server, agent]
    default: server
  role:
    description:
      - What this host runs.
      - A server reads the agents' token as a password alone, an agent in its secure form.
    type: str
    choices: [server, agent]
    default: server
  token:
    description:
      - The token to use with O(state=present) and O(state=rotated), in either form. Empty means none is given.
      - A rotation takes 32 signs or more, and makes up a token when none is given.
    type: str
    default: ""
  reveal:
    description: Return the token as well. Use it with C(no_log) on the task.
    type: bool
    default: false
  replace:
    description: With O(state=present), let the file follow a rotation, to O(token) or else to the token in force on this host.
    type: bool
    default: false
  address:
    description: The server that O(state=verified) asks.
    type: str
    default: 127.0.0.1
  node_name:
    description: This server's Kubernetes node name, for O(state=rotated).
    type: str
  servers:
    description:
      - For O(state=rotated), what M(groundwork.platform.k3s_node_info) returned as RV(groundwork.platform.k3s_node_info#module:k3s) on every server,
        by node name; V(null) for one that was not reached. This server is looked at afresh.
    type: dict
"""

EXAMPLES = r"""
- name: Show which token the cluster uses
  groundwork.platform.k3s_join_token:
    state: read
  register: k3s_token

- name: Put a token in place before the first start
  groundwork.platform.k3s_join_token:
    state: present
    token: "{{ k3s_server_token }}"

- name: Know before the start whether the token will do
  groundwork.platform.k3s_join_token:
    state: verified
    address: 192.0.2.11

- name: Call for the rotation on one server
  groundwork.platform.k3s_join_token:
    state: rotated
    node_name: "{{ k3s_node_name }}"
    servers: "{{ k3s_looks }}"
"""

RETURN = r"""
form:
  description: V(short) is the password alone, V(secure) is bound to the hash of the cluster's CA.
  returned: always
  type: str
  sample: secure
fingerprint:
  description: First 12 digits of the password's SHA-256, as K3s stamps it on snapshots; V(null) for a password of fewer than 32 signs.
  returned: always
  type: str
  sample: 1f3b5c7d9e0a
ca_hash:
  description: SHA-256 of the CA that the token is bound to.
  returned: always
  type: str
token:
  description: The token in its secure form.
  returned: with O(state=read) and O(reveal=true)
  type: str
verdict:
  description:
    - V(verified), or what is wrong.
    - That is V(not_ready), V(wrong_ca_hash), V(another_clusters_token), V(another_server), V(wrong_password), V(stale), V(restart_pending) or V(wrong_role).
  returned: with O(state=verified)
  type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import rotate_here, token, token_file, verify
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import from_dict
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.probe import observe
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.supervisor import Supervisor
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.system import Run
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token, TokenError


def main() -> None:
    """Arguments in, facts about the token out."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["read", "present", "verified", "rotated"], "default": "present"},
            "kind": {"type": "str", "choices": ["server", "agent"], "default": "server"},
            "role": {"type": "str", "choices": ["server", "agent"], "default": "server"},
            "token": {"type": "str", "default": "", "no_log": True},
            "reveal": {"type": "bool", "default": False},
            "replace": {"type": "bool", "default": False},
            "address": {"type": "str", "default": verify.LOOPBACK},
            "node_name": {"type": "str"},
            "servers": {"type": "dict"},
        },
        required_if=[("state", "rotated", ("node_name", "servers"))],
        supports_check_mode=True,
    )

    def run(command: list[str]) -> str:
        code, out, _unused = module.run_command(command, environ_update={"LC_ALL": "C"})
        return out if code == 0 else ""

    try:
        result = _act(module.params, Paths(), run, module.check_mode)
    except (TokenError, OSError) as problem:
        module.fail_json(msg=f"{module.params['kind']} token: {problem}")
    if "msg" in result:
        module.fail_json(**result)
    module.exit_json(**result)


def _act(arguments: dict[str, t.Any], paths: Paths, run: Run, check_mode: bool) -> dict[str, t.Any]:
    if arguments["state"] == "read":
        return _read(arguments, paths)
    if arguments["state"] == "verified":
        return _verified(arguments, paths)
    if arguments["state"] == "rotated":
        return _rotated(arguments, paths, run, check_mode)
    return _present(arguments, paths, check_mode)


def _read(arguments: dict[str, t.Any], paths: Paths) -> dict[str, t.Any]:
    kind = arguments["kind"]
    found = _in_force(paths, kind)
    result = {"changed": False, **_facts(found)}
    if arguments["reveal"] and found.ca_hash:
        result["token"] = found.secure(found.ca_hash, kind)
    return result


def _present(arguments: dict[str, t.Any], paths: Paths, check_mode: bool) -> dict[str, t.Any]:
    kind, path = arguments["kind"], paths.token_file(arguments["kind"])
    plain = kind == "agent" and arguments["role"] == "server"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    in_force = paths.cluster_token(kind)
    has_data = (paths.etcd_dir / "member").is_dir() and in_force.is_file()
    situation = token_file.Situation(before, in_force.read_text(encoding="utf-8") if has_data else "", arguments["token"], arguments["replace"])
    wanted = token_file.decide(situation, kind, plain)
    after = token_file.text_of(Token(wanted.password) if plain else wanted, kind)
    changed = before.strip() != after.strip() or (path.stat().st_mode & 0o777) != 0o600
    if changed and not check_mode:
        token_file.write(path, after)
    diff = {"before_header": str(path), "after_header": str(path), "before": token_file.describe(before, kind), "after": token_file.describe(after, kind)}
    return {"changed": changed, "diff": diff, **_facts(wanted)}


def _verified(arguments: dict[str, t.Any], paths: Paths) -> dict[str, t.Any]:
    kind, address = arguments["kind"], arguments["address"]
    path = paths.token_file(kind)
    if not path.is_file():
        raise TokenError(f"{path} does not exist; K3s would wait for it, then fail: put the token in place first")
    evidence = verify.look(paths, kind, address)
    verdict, text = verify.judge(evidence)
    result = {"changed": False, "verdict": verdict, **_facts(evidence.token)}
    return result if verdict == verify.VERIFIED else {**result, "msg": f"{kind} token: {text}"}


def _rotated(arguments: dict[str, t.Any], paths: Paths, run: Run, check_mode: bool) -> dict[str, t.Any]:
    before, seen = _in_force(paths, "server"), observe(run, arguments["node_name"], paths)
    call = Supervisor(paths.ca.read_text(encoding="utf-8")).rotate
    here = rotate_here.Here(seen, before, lambda: _in_force(paths, "server"), call)
    peers = {name: from_dict(plain) if plain else None for name, plain in arguments["servers"].items()}
    if arguments["kind"] == "agent":
        action = rotate_here.agents_token(here, peers)
    else:
        given = token.parse(arguments["token"], "server") if arguments["token"].strip() else None
        action = rotate_here.servers_token(here, given, peers)
    if action is not None and not check_mode:
        action()
    after = _in_force(paths, "server")
    diff = {"before": token_file.describe(before.password, "server"), "after": token_file.describe(after.password, "server")}
    return {"changed": action is not None, "diff": diff, **_facts(after)}


def _in_force(paths: Paths, kind: str) -> Token:
    path = paths.cluster_token(kind)
    if not path.is_file():
        raise TokenError(f"{path} does not exist: K3s has not started here yet, or this is no server; read the token on a running server")
    return token.parse(path.read_text(encoding="utf-8"), None)


def _facts(found: Token) -> dict[str, t.Any]:
    return {"form": found.form, "fingerprint": found.fingerprint, "ca_hash": found.ca_hash}


if __name__ == "__main__":
    main()
