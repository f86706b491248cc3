#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module backup_info: what backups there are in S3. How they are known is in _s3/backups."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_info
short_description: Say what backups there are in S3, and how old the newest is
version_added: 0.6.0
author: groundwork.platform contributors (@groundwork)
description:
  - Looks at the buckets alone, so that it works when the cluster is lost. A backup counts when the object is there that its program writes last.
  - How old a backup is follows from the group C(at) of its row's C(marker), a time in the object's name; without one from when the object was written.
  - Nothing is read but listings. Whether a backup can be restored is said by a drill only.
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
  rows:
    description: Kinds of backups and where they are. Other keys of a row are ignored.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: See how old the backups are
  groundwork.platform.backup_info:
    endpoint: s3.example.org
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    rows:
      - {kind: objects, bucket: k8s-backups-velero, folder: dev, marker: 'backups/[^/]+/velero-backup[.]json'}
"""

RETURN = r"""
backups:
  description: By kind, the newest backup; C(at) is seconds since the epoch or null, C(problem) says why a bucket could not be looked at,
    C(sources) is the same for each database, where the marker has a group C(source).
  returned: success
  type: dict
"""

import re

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._s3 import backups
from ansible_collections.groundwork.platform.plugins.module_utils._s3.arguments import S3_OPTIONS, s3_of


def main() -> None:
    """Rows in, backups out."""
    module = AnsibleModule(argument_spec={**S3_OPTIONS, "rows": {"type": "list", "elements": "dict", "required": True}}, supports_check_mode=True)
    try:
        rows = [backups.Row(*(str(row[key] or "") for key in backups.Row._fields)) for row in module.params["rows"]]
        for row in rows:
            re.compile(row.marker)
    except (KeyError, re.error) as problem:
        module.fail_json(msg=f"rows: each needs kind, bucket, folder, and marker, which is a regular expression ({problem})")
    module.exit_json(changed=False, backups=backups.observed(s3_of(module.params), rows))


if __name__ == "__main__":
    main()
