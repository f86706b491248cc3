#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module k3s_join_token: the truth about a cluster's join token, and its file on a host before the first start."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_join_token
short_description: Read a K3s join token, or put its file in place before the first start
version_added: 0.1.0
author: groundwork.platform contributors (@groundwork)
description:
  - With O(state=read), reads the token in force from a server. Form and fingerprint are returned; the token itself only with O(reveal=true).
  - With O(state=present), writes the token file, mode C(0600), before K3s starts for the first time. A token is generated when none is given and none is there.
  - A host that holds cluster data keeps the token in force. A different one is refused, because K3s would not start with it; changing a token is rotation.
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
    support: full
requirements:
  - The task runs as root.
options:
  state:
    description: V(read) looks at the token in force on a server; V(present) sees to the token file of this host.
    type: str
    choices: [read, present]
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
    description: The token to use with O(state=present), in either form. Empty means none is given.
    type: str
    default: ""
  reveal:
    description: Return the token as well. Use it with C(no_log) on the task.
    type: bool
    default: false
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
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import token, token_file
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token, TokenError


def main() -> None:
    """Arguments in, facts about the token out."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["read", "present"], "default": "present"},
            "kind": {"type": "str", "choices": ["server", "agent"], "default": "server"},
            "role": {"type": "str", "choices": ["server", "agent"], "default": "server"},
            "token": {"type": "str", "default": "", "no_log": True},
            "reveal": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    arguments, paths = module.params, Paths()
    try:
        result = _read(arguments, paths) if arguments["state"] == "read" else _present(arguments, paths, module.check_mode)
    except (TokenError, OSError) as problem:
        module.fail_json(msg=f"{arguments['kind']} token: {problem}")
    module.exit_json(**result)


def _read(arguments: dict[str, t.Any], paths: Paths) -> dict[str, t.Any]:
    kind = arguments["kind"]
    path = paths.cluster_token(kind)
    if not path.is_file():
        raise TokenError(f"{path} does not exist: K3s has not started here yet, or this is no server; read the token on a running server")
    found = token.parse(path.read_text(encoding="utf-8"), None)
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
    situation = token_file.Situation(before, in_force.read_text(encoding="utf-8") if has_data else "", arguments["token"])
    wanted = token_file.decide(situation, kind, plain)
    after = token_file.text_of(Token(wanted.password) if plain else wanted, kind)
    changed = before.strip() != after.strip() or (path.stat().st_mode & 0o777) != 0o600
    if changed and not check_mode:
        token_file.write(path, after)
    diff = {"before_header": str(path), "after_header": str(path), "before": token_file.describe(before, kind), "after": token_file.describe(after, kind)}
    return {"changed": changed, "diff": diff, **_facts(wanted)}


def _facts(found: Token) -> dict[str, t.Any]:
    return {"form": found.form, "fingerprint": found.fingerprint, "ca_hash": found.ca_hash}


if __name__ == "__main__":
    main()
