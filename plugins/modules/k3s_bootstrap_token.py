#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module: a token that admits agents for a while."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_bootstrap_token
short_description: A token that admits K3s agents for a while
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Makes a token with which agents may join until it expires, or revokes it. Servers never join with it.
  - It is for machines that do not get the agents' token itself, such as those that an autoscaler starts.
    An agent that has joined keeps its own certificate.
  - One token exists for each O(description). As long as it is valid the same one is returned.
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
  - The task runs as root on a K3s server whose API answers.
options:
  state:
    description: V(absent) revokes every token of this O(description).
    type: str
    choices: [present, absent]
    default: present
  description:
    description: What the token is for. C(k3s token list) shows it.
    type: str
    required: true
  ttl:
    description: Seconds for which a new token is valid, from 60 on.
    type: int
    default: 3600
  reveal:
    description: Return the token as well. Use it with C(no_log) on the task.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Have a token for the new machines of rack 4
  groundwork.platform.k3s_bootstrap_token:
    description: rack 4
    ttl: 1800
    reveal: true
  register: rack
  no_log: true

- name: Let nobody else in with it
  groundwork.platform.k3s_bootstrap_token:
    description: rack 4
    state: absent
"""

RETURN = r"""
id:
  description: The part of the token that is no secret; V(null) when there is none.
  returned: always
  type: str
  sample: abcdef
expires:
  description: When it ends, in UTC; V(null) for one that lasts for ever, or when there is none.
  returned: always
  type: str
  sample: "2026-11-21T16:00:00Z"
token:
  description: The token, bound to the cluster's CA.
  returned: with O(state=present) and O(reveal=true), not in check mode for a token that would be made
  type: str
"""

import json
import time
import typing as t
import urllib.parse

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import bootstrap_token, endpoints, token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.bootstrap_token import BootstrapToken
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths

Ask = t.Callable[..., t.Optional[tuple[int, bytes]]]


class NoAnswerError(Exception):
    """The API did not do what was asked."""


def main() -> None:
    """Arguments in, one token out."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "description": {"type": "str", "required": True},
            "ttl": {"type": "int", "default": 3600},
            "reveal": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    if module.params["ttl"] < 60:
        module.fail_json(msg=f"ttl is {module.params['ttl']} s; an agent needs a minute to join: give 60 or more")
    paths = Paths()

    def ask(*request: t.Any) -> tuple[int, bytes] | None:
        return endpoints.admin(paths, *request)

    try:
        result = act(module.params, paths, ask, module.check_mode)
    except (NoAnswerError, OSError) as problem:
        module.fail_json(msg=str(problem))
    module.exit_json(**result)


def act(arguments: t.Mapping[str, t.Any], paths: Paths, ask: Ask, check_mode: bool) -> dict[str, t.Any]:
    """Look, decide, and change unless in check mode; raises NoAnswerError."""
    found = [held for held in _held(ask) if held.description == arguments["description"]]
    if arguments["state"] == "absent":
        for held in found if not check_mode else ():
            _request(ask, f"{bootstrap_token.URL}/bootstrap-token-{held.identifier}", "DELETE")
        return {"changed": bool(found), "id": None, "expires": None}
    now = time.time()
    present = next((held for held in found if held.usable(now)), None)
    wanted = present or bootstrap_token.generate(arguments["description"], now + arguments["ttl"])
    if present is None and not check_mode:
        _request(ask, bootstrap_token.URL, "POST", bootstrap_token.to_secret(wanted))
    result: dict[str, t.Any] = {"changed": present is None, "id": wanted.identifier, "expires": bootstrap_token.text_of(wanted.expires)}
    if arguments["reveal"] and not (check_mode and present is None):
        result["token"] = wanted.secure(token.ca_hash(paths.ca.read_bytes()))
    return result


def _held(ask: Ask) -> list[BootstrapToken]:
    selector = urllib.parse.urlencode({"fieldSelector": f"type={bootstrap_token.TYPE}"})
    return [bootstrap_token.from_secret(item) for item in json.loads(_request(ask, f"{bootstrap_token.URL}?{selector}", "GET"))["items"]]


def _request(ask: Ask, *request: t.Any) -> bytes:
    answer = ask(*request)
    if answer is None:
        raise NoAnswerError("the API of this server does not answer: run this on a K3s server that is up (site.yml)")
    status, body = answer
    if status >= 300:
        raise NoAnswerError(f"the API answered {status} to {request[1]} of bootstrap tokens: {json.loads(body or b'{}').get('message', 'no reason given')}")
    return body


if __name__ == "__main__":
    main()
