#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module k3s_data_info: lists what would be lost with a cluster. The judgement is in _k3s/holdings."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_data_info
short_description: List what in a K3s cluster holds data
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Asks this server's API for volumes with a bound claim, retained volumes, CloudNativePG clusters, MariaDB instances, and Longhorn volumes without either.
  - Changes nothing. Without an answer it fails, because a list that may lack something is worse than none.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
options:
  given_up:
    description: Names of what may be lost, as RV(held[].name).
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: See what would be lost
  groundwork.platform.k3s_data_info:
    given_up: [databases/data-postgres-1]
  register: data
"""

RETURN = r"""
held:
  description: What holds data.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: "Namespace and name, or the name alone.", type: str, returned: always, sample: databases/data-postgres-1}
    what: {description: What it is., type: str, returned: always, sample: the volume of claim}
problems:
  description: What was not given up, and names in O(given_up) that hold nothing.
  returned: success
  type: list
  elements: str
"""

import dataclasses
import json
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import endpoints, holdings
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths


class NoAnswerError(Exception):
    """The API did not say what there is."""


def main() -> None:
    """Arguments in, holdings out."""
    module = AnsibleModule(argument_spec={"given_up": {"type": "list", "elements": "str", "default": []}}, supports_check_mode=True)
    try:
        held = holdings.holdings({kind: _items(kind, url) for kind, url in holdings.SOURCES.items()})
    except NoAnswerError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, held=[dataclasses.asdict(holding) for holding in held], problems=holdings.problems(held, module.params["given_up"]))


def _items(kind: str, url: str) -> list[dict[str, t.Any]]:
    answer = endpoints.admin(Paths(), url)
    if answer is None:
        raise NoAnswerError(f"the API on this server does not answer for {url}")
    if answer[0] == 404:
        return []
    if answer[0] != 200:
        raise NoAnswerError(f"the API on this server answers HTTP {answer[0]} for {url}, so what it holds is not known ({kind})")
    items: list[dict[str, t.Any]] = json.loads(answer[1])["items"]
    return items


if __name__ == "__main__":
    main()
