#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module backup_prune: removes backups that were kept for long enough. Which ones is decided in _s3/backups."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_prune
short_description: Remove backups from S3 that were kept for long enough
version_added: 0.6.0
author: groundwork.platform contributors (@groundwork)
description:
  - For kinds of which each backup is one object, and that no program of their own removes.
  - Removes what O(marker) matches and whose name tells a time that is further back than O(keep). The newest is never removed, nor anything else.
  - In a bucket with versions or object lock the server puts a marker over what is removed, and its space is free when the server expires old versions.
  - What the server does not let this account remove stays, with a warning.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.s3
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  bucket:
    description: Bucket.
    type: str
    required: true
  folder:
    description: Folder in the bucket, without slashes at its ends.
    type: str
    required: true
  marker:
    description: Regular expression of names below the folder. Its group C(at) is the moment that a backup is of; a group C(source) is refused.
    type: str
    required: true
  keep:
    description: For how long each backup is kept, in seconds.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Keep bundles of Git for thirty days
  groundwork.platform.backup_prune:
    endpoint: s3.example.org
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    bucket: backups-management
    folder: dev/git
    marker: '(?P<at>[0-9TZ]+)[.]bundle'
    keep: 2592000
"""

RETURN = r"""
removed:
  description: Names of the objects.
  returned: success
  type: list
  elements: str
"""

import re
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._s3 import backups
from ansible_collections.groundwork.platform.plugins.module_utils._s3.arguments import S3_OPTIONS, s3_of
from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3, Request, S3Error


def main() -> None:
    """Arguments in, what is too old out."""
    own: dict[str, t.Any] = {name: {"type": "str", "required": True} for name in ("bucket", "folder", "marker")}
    module = AnsibleModule(argument_spec={**S3_OPTIONS, **own, "keep": {"type": "int", "required": True, "no_log": False}}, supports_check_mode=True)
    given = module.params
    try:
        groups = re.compile(given["marker"]).groupindex
    except re.error as problem:
        module.fail_json(msg=f"marker is no regular expression ({problem})")
    if "at" not in groups or "source" in groups:
        module.fail_json(msg="marker needs a group at, and no group source: nothing is removed whose age its name does not tell, nor what is of a database")
    s3, bucket = s3_of(given), given["bucket"]
    removed = []
    try:
        row = backups.Row("", bucket, given["folder"], given["marker"])
        for key in backups.expired(row, s3.objects(bucket, f"{given['folder']}/"), int(time.time()) - given["keep"]):
            refusal = "" if module.check_mode else _remove(s3, bucket, key)
            if refusal:
                module.warn(f"{bucket}/{key} was kept for long enough and stays: the server does not let this account remove it ({refusal})")
            else:
                removed.append(key)
    except S3Error as problem:
        module.fail_json(msg=f"{bucket}/{given['folder']}: {problem}", removed=removed)
    module.exit_json(changed=bool(removed), removed=removed)


def _remove(s3: S3, bucket: str, key: str) -> str:
    """Why it may not be removed; empty when it is. Raises S3Error for all else."""
    try:
        s3.ask(Request("DELETE", bucket, key))
    except S3Error as problem:
        if problem.status != 403:
            raise
        return problem.code
    return ""


if __name__ == "__main__":
    main()
