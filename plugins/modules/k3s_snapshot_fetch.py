#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module k3s_snapshot_fetch: a snapshot out of S3 onto a server. The transfer is in _s3/client, the reading in _k3s/snapshot."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_snapshot_fetch
short_description: Bring a snapshot of etcd from S3 to a K3s server
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Gets a snapshot that K3s has stored in S3, unpacks it if it is compressed, verifies it, and says what it holds.
  - Works while K3s stands still or is not there. Nothing of a snapshot that is not whole is left.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.s3
attributes:
  check_mode:
    support: full
    details:
      - The snapshot is read and not kept.
  diff_mode:
    support: none
  idempotent:
    support: none
requirements:
  - The task runs as root.
options:
  name:
    description: Name of the snapshot, as K3s lists it.
    type: str
    required: true
  dest:
    description: File that gets the snapshot, mode 0600.
    type: path
    required: true
  bucket:
    description: Bucket.
    type: str
    required: true
  folder:
    description: Folder in the bucket.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Bring a snapshot here
  groundwork.platform.k3s_snapshot_fetch:
    name: etcd-snapshot-node-1-1795250000
    dest: /var/lib/rancher/k3s/server/db/snapshot-to-restore
    endpoint: s3.example.org
    bucket: snapshots
    folder: dev
    access_key: "{{ s3_access_key }}"
    secret_key: "{{ s3_secret_key }}"
"""

RETURN = r"""
snapshot:
  description: What the snapshot says of itself.
  returned: success
  type: dict
  contains:
    sha256: {description: SHA-256 of the file., type: str, returned: always}
    size: {description: Bytes., type: int, returned: always}
    revision: {description: etcd's last revision in it., type: int, returned: always}
    fingerprint: {description: First 12 digits of the SHA-256 of the server token that opens it., type: str, returned: always}
    cluster: {description: UID of the namespace kube-system., type: str, returned: always}
    nodes: {description: The version of each node's kubelet., type: dict, returned: always}
"""

import dataclasses
import os
import tempfile
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import snapshot
from ansible_collections.groundwork.platform.plugins.module_utils._s3.arguments import S3_OPTIONS, s3_of
from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3Error


def main() -> None:
    """Arguments in, what the snapshot says out."""
    module = AnsibleModule(
        argument_spec={
            **S3_OPTIONS,
            "name": {"type": "str", "required": True},
            "dest": {"type": "path", "required": True},
            "bucket": {"type": "str", "required": True},
            "folder": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        seen = _fetch(module.params, module.check_mode)
    except (S3Error, snapshot.NotASnapshot) as problem:
        module.fail_json(msg=f"{module.params['name']}: {problem}")
    except OSError as problem:
        module.fail_json(msg=f"{problem.filename or module.params['dest']}: {problem.strerror}")
    module.exit_json(changed=not module.check_mode, snapshot=dataclasses.asdict(seen))


def _fetch(arguments: dict[str, t.Any], check_mode: bool) -> snapshot.Snapshot:
    target = Path(arguments["dest"])
    s3 = s3_of(arguments)
    if not check_mode:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=None if check_mode else str(target.parent)) as folder:
        packed = Path(folder) / Path(arguments["name"]).name
        with os.fdopen(os.open(str(packed), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
            s3.fetch(arguments["bucket"], "/".join(part for part in (arguments["folder"], arguments["name"]) if part), output)
        plain = snapshot.unpacked(packed, Path(folder))
        seen = snapshot.read(plain)
        if not check_mode:
            plain.chmod(0o600)
            plain.replace(target)
    return seen


if __name__ == "__main__":
    main()
