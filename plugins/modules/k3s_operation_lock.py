#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module k3s_operation_lock: one operation at a time; the heart beats in the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_operation_lock
short_description: Let one operator at a time work on an environment
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Takes a lock on a server, in a file that names its holder, and fails when somebody else holds it. Run it on every server of an environment.
  - While C(ansible-playbook) runs, a small process on the controller renews the lock every 15 seconds through the task's connection.
    It ends with C(ansible-playbook), however that ends.
  - A lock counts for 60 seconds after its last heartbeat, by the server's clock.
    Its holder's next run on the same controller takes it over at once when the former run has ended.
  - It locks against people, not against attackers. A run that is stopped for longer than a minute loses it without being told.
extends_documentation_fragment:
  - groundwork.platform.attributes
attributes:
  check_mode:
    support: full
    details:
      - Never takes the lock, but fails when somebody else holds it.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  state:
    description: V(present) takes or keeps the lock; V(absent) gives it back, and leaves somebody else's alone.
    type: str
    choices: [present, absent]
    default: present
  operation:
    description: What is being done, for the one who has to wait.
    type: str
    default: an operation
  path:
    description: The lock's file on the server. Its folder must exist and should not survive a boot.
    type: path
    default: /run/lock/groundwork-operation.json
  holder:
    description: Filled in by the action plugin, user and controller.
    type: str
    default: ""
  run:
    description: Filled in by the action plugin, names this run of C(ansible-playbook).
    type: str
    default: ""
  over:
    description: Filled in by the action plugin, a run of the same holder that has ended.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Take the lock on every server
  groundwork.platform.k3s_operation_lock:
    operation: site.yml
  changed_when: false

- name: Give it back
  groundwork.platform.k3s_operation_lock:
    state: absent
  changed_when: false
"""

RETURN = r"""
held_by:
  description: The lock that stands in the way.
  returned: when somebody else holds it
  type: dict
  contains:
    holder: {description: User and controller., type: str, returned: always, sample: ann@control-1}
    operation: {description: What is being done., type: str, returned: always, sample: site.yml}
    since: {description: When it was taken., type: str, returned: always, sample: "2026-11-21T09:10:00+00:00"}
    run: {description: The run that holds it., type: str, returned: always}
"""

import dataclasses
import time
import typing as t
from datetime import datetime, timezone
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import lock


def main() -> None:
    """Arguments in, lock out."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "operation": {"type": "str", "default": "an operation"},
            "path": {"type": "path", "default": "/run/lock/groundwork-operation.json"},
            "holder": {"type": "str", "default": ""},
            "run": {"type": "str", "default": ""},
            "over": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    arguments = module.params
    try:
        result = _absent(arguments, module.check_mode) if arguments["state"] == "absent" else _present(arguments, module.check_mode)
    except OSError as problem:
        module.fail_json(msg=f"the lock {arguments['path']}: {problem}; does its folder exist, and is there space left?")
    if "msg" in result:
        module.fail_json(**result)
    module.exit_json(**result)


def _present(arguments: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    since = datetime.now(timezone.utc).isoformat(timespec="seconds")
    wanted = lock.Lock(arguments["holder"], arguments["operation"], arguments["run"], since)
    decision, found, age = lock.acquire(Path(arguments["path"]), wanted, time.time(), arguments["over"], dry=check_mode)
    if decision != lock.REFUSE or found is None:
        return {"changed": decision == lock.TAKE, "kept": decision == lock.KEEP, "age": age}
    return {"changed": False, "held_by": dataclasses.asdict(found), "msg": lock.refusal(found, age)}


def _absent(arguments: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    return {"changed": lock.release(Path(arguments["path"]), arguments["run"], dry=check_mode)}


if __name__ == "__main__":
    main()
