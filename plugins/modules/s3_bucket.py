#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module s3_bucket: a bucket for backups. What has to be done is decided in _s3/buckets."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket
short_description: Make a bucket for backups, with versions and object lock
version_added: 0.6.0
author: groundwork.platform contributors (@groundwork)
description:
  - Creates a bucket, keeps old versions of its objects, and locks new objects for a number of days, so that a stolen account cannot delete them.
  - A bucket that is there is brought to the same state as far as that takes no protection away. Nothing in it is deleted, and neither is the bucket.
  - Ends with an error when the bucket has a lifecycle rule that would destroy what a program counts in it by itself (O(foreign_retention)).
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.s3
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  name:
    description: Name of the bucket.
    type: str
    required: true
  versioning:
    description: Keep what is overwritten or deleted as an older version.
    type: bool
    default: true
  locked_seconds:
    description:
      - For how long a new object cannot be deleted, rounded up to whole days. V(0) means not at all.
      - A bucket that locks for longer already, or in the stricter mode, keeps that. With V(COMPLIANCE) fewer days than it has are an error.
      - Most servers can lock only what was made with object lock.
    type: int
    default: 0
  lock_mode:
    description: V(GOVERNANCE) lets accounts with a special permission delete; V(COMPLIANCE) lets nobody, whatever happens.
    type: str
    choices: [GOVERNANCE, COMPLIANCE]
    default: GOVERNANCE
  foreign_retention:
    description: V(false) refuses a bucket with a lifecycle rule that removes current objects. Longhorn needs that.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: A bucket whose objects cannot be deleted for a week
  groundwork.platform.s3_bucket:
    endpoint: s3.example.org
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    name: k8s-backups-postgres
    locked_seconds: 604800
"""

RETURN = r"""
steps:
  description: What was done, or would be in check mode. V(create), V(version), V(lock).
  returned: success
  type: list
  elements: str
before:
  description: The bucket as it was.
  returned: success
  type: dict
  contains:
    exists: {description: Whether it was there., type: bool, returned: always}
    versioning: {description: State of its versions., type: str, returned: always}
    lock: {description: Whether it was made with object lock., type: bool, returned: always}
    lock_days: {description: For how many days new objects are locked., type: int, returned: always}
    lock_mode: {description: How., type: str, returned: always}
    expires: {description: Whether a lifecycle rule removes current objects., type: bool, returned: always}
"""

import dataclasses

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._s3 import buckets
from ansible_collections.groundwork.platform.plugins.module_utils._s3.arguments import S3_OPTIONS, s3_of
from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3Error


def main() -> None:
    """Arguments in, steps out."""
    module = AnsibleModule(
        argument_spec={
            **S3_OPTIONS,
            "name": {"type": "str", "required": True},
            "versioning": {"type": "bool", "default": True},
            "locked_seconds": {"type": "int", "default": 0},
            "lock_mode": {"type": "str", "choices": ["GOVERNANCE", "COMPLIANCE"], "default": "GOVERNANCE"},
            "foreign_retention": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    given = module.params
    days = buckets.lock_days(given["locked_seconds"])
    wanted = buckets.Wanted(given["name"], given["versioning"] or days > 0, days, given["lock_mode"], given["foreign_retention"])
    try:
        s3 = s3_of(given)
        before = buckets.look(s3, wanted.name)
        if refused := buckets.refusals(wanted, before):
            module.fail_json(msg="; ".join(refused), before=dataclasses.asdict(before))
        steps = buckets.steps(wanted, before)
        if not module.check_mode:
            buckets.carry_out(s3, wanted, before, steps)
    except S3Error as problem:
        module.fail_json(msg=f"bucket {wanted.name}: {problem}")
    after = {"exists": True, "versioning": "Enabled" if wanted.versioning else before.versioning, "lock_days": buckets.lock_of(wanted, before)[0]}
    shown = {name: getattr(before, name) for name in after}
    module.exit_json(changed=bool(steps), steps=steps, before=dataclasses.asdict(before), diff={"before": shown, "after": after if steps else shown})


if __name__ == "__main__":
    main()
