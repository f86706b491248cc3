#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module s3_object: one file to a bucket, or from there. The transfer is in _s3/client."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_object
short_description: Bring a file to an S3 bucket, or from there
version_added: 0.6.0
author: groundwork.platform contributors (@groundwork)
description:
  - With O(src), stores a file. An object of the same name and size is left as it is, so names should be of one moment.
  - With O(dest), gets an object. The file appears when it is whole, with mode 0600; one that is there is left as it is.
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
  key:
    description: Name of the object.
    type: str
    required: true
  src:
    description: File that is stored.
    type: path
  dest:
    description: File that gets the object.
    type: path
"""

EXAMPLES = r"""
- name: Keep a bundle outside
  groundwork.platform.s3_object:
    endpoint: s3.example.org
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
    bucket: bundles
    key: dev/escrow/etcd-1.escrow.age
    src: /var/backups/etcd-1.escrow.age
"""

RETURN = r"""
size:
  description: Bytes of the file, or of the object where it was not brought here.
  returned: success
  type: int
"""

import os
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._s3.arguments import S3_OPTIONS, s3_of
from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3, S3Error


def main() -> None:
    """Arguments in, the file there or here."""
    module = AnsibleModule(
        argument_spec={
            **S3_OPTIONS,
            "bucket": {"type": "str", "required": True},
            "key": {"type": "str", "required": True, "no_log": False},
            "src": {"type": "path"},
            "dest": {"type": "path"},
        },
        mutually_exclusive=[("src", "dest")],
        required_one_of=[("src", "dest")],
        supports_check_mode=True,
    )
    given = module.params
    try:
        move = _store if given["src"] else _fetch
        changed, size = move(s3_of(given), given, module.check_mode)
    except S3Error as problem:
        module.fail_json(msg=f"{given['bucket']}/{given['key']}: {problem}")
    except OSError as problem:
        module.fail_json(msg=f"{problem.filename or given['src'] or given['dest']}: {problem.strerror}")
    module.exit_json(changed=changed, size=size)


def _store(s3: S3, given: t.Mapping[str, t.Any], check_mode: bool) -> tuple[bool, int]:
    source = Path(given["src"])
    size = source.stat().st_size
    there = {found.key: found.size for found in s3.objects(given["bucket"], given["key"])}
    if there.get(given["key"]) == size:
        return False, size
    if not check_mode:
        with source.open("rb") as stream:
            s3.put(given["bucket"], given["key"], stream, size)
    return True, size


def _fetch(s3: S3, given: t.Mapping[str, t.Any], check_mode: bool) -> tuple[bool, int]:
    target = Path(given["dest"])
    if target.exists():
        return False, target.stat().st_size
    if check_mode:
        sizes = [found.size for found in s3.objects(given["bucket"], given["key"]) if found.key == given["key"]]
        if not sizes:
            raise S3Error("there is no such object: backup.yml --tags status says what is there")
        return True, sizes[0]
    partial = target.with_name(f".{target.name}.partial")
    try:
        with os.fdopen(os.open(str(partial), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
            s3.fetch(given["bucket"], given["key"], output)
        partial.replace(target)
    finally:
        if partial.exists():
            partial.unlink()
    return True, target.stat().st_size


if __name__ == "__main__":
    main()
