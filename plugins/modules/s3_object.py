#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module s3_object: a file as an object in an S3 bucket. The transfer is in _k3s/s3."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_object
short_description: Keep a file as an object in an S3 bucket
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Reads a small file on the machine that runs the module and keeps it in a bucket under a name, unless the same is there already.
  - Deletes nothing. Another object of the name is replaced.
extends_documentation_fragment:
  - groundwork.platform.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  src:
    description: The file.
    type: path
    required: true
  key:
    description: The object's name, with its folders.
    type: str
    required: true
  endpoint:
    description: The S3 server, with a port unless it is 443. It is spoken to over TLS only.
    type: str
    required: true
  bucket:
    description: The bucket, which has to exist.
    type: str
    required: true
  region:
    description: The bucket's region.
    type: str
    default: us-east-1
  access_key:
    description: Access key of the account.
    type: str
    required: true
  secret_key:
    description: Secret key of the account.
    type: str
    required: true
  ca:
    description: The authority of the server's certificate as PEM. Empty means the machine's own authorities.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Keep the record of a placement
  groundwork.platform.s3_object:
    src: /var/lib/placements/20261122T080000.000000Z-9f2c41d7d1f5.json
    key: placements/dev/20261122T080000.000000Z-9f2c41d7d1f5.json
    endpoint: s3.example.org
    bucket: platform
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
"""

RETURN = r"""
size:
  description: Bytes of the object.
  returned: success
  type: int
"""

import dataclasses
import io
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import s3


def main() -> None:
    """Arguments in, whether something was kept out."""
    module = AnsibleModule(
        argument_spec={
            "src": {"type": "path", "required": True},
            "key": {"type": "str", "required": True, "no_log": False},
            "endpoint": {"type": "str", "required": True},
            "bucket": {"type": "str", "required": True},
            "region": {"type": "str", "default": "us-east-1"},
            "access_key": {"type": "str", "required": True, "no_log": True},
            "secret_key": {"type": "str", "required": True, "no_log": True},
            "ca": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        changed, size = _keep(module.params, module.check_mode)
    except s3.S3Error as problem:
        module.fail_json(msg=str(problem))
    except OSError as problem:
        module.fail_json(msg=f"{problem.filename or module.params['src']}: {problem.strerror}")
    module.exit_json(changed=changed, size=size)


def _keep(arguments: dict[str, t.Any], check_mode: bool) -> tuple[bool, int]:
    content = Path(arguments["src"]).read_bytes()
    where = s3.Bucket(**{field.name: arguments[field.name] for field in dataclasses.fields(s3.Bucket)})
    there = io.BytesIO()
    try:
        s3.fetch(where, arguments["key"], there)
    except s3.NoSuchObject:
        changed = True
    else:
        changed = there.getvalue() != content
    if changed and not check_mode:
        s3.store(where, arguments["key"], content)
    return changed, len(content)


if __name__ == "__main__":
    main()
