#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module cnpg_objectstore: a place in S3 for the backups of PostgreSQL clusters."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cnpg_objectstore
short_description: A place in S3 for the backups of PostgreSQL clusters
version_added: 0.3.0
author: groundwork.platform contributors (@groundwork)
description:
  - Describes where the Barman plugin of CloudNativePG writes base backups and WAL, by an C(ObjectStore) object. The account is a Secret in
    the same namespace.
  - The retention is one recovery window for base backups and WAL together. A server name in the store itself is refused, because every
    cluster would write to it.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.kube
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Values that could be secrets are hidden.
  idempotent:
    support: full
options:
  name:
    description: Name of the object in Kubernetes.
    type: str
    required: true
  namespace:
    description: Its namespace, which is the cluster's.
    type: str
    required: true
  state:
    description:
      - V(present) brings the definition and waits until it counts. V(absent) removes the object once O(confirm) says so, because clusters
        that archive there would stop.
    type: str
    choices: [present, absent]
    default: present
  confirm:
    description:
      - C(<namespace>/<name>), typed. V(absent) needs it, and so does a shorter recovery window, since the plugin deletes what is older, or another place in S3,
        since what lies in the old one could not be brought back by this store any more.
    type: str
    default: ""
  wait:
    description: Wait until it is done.
    type: bool
    default: true
  wait_timeout:
    description: For how many seconds.
    type: int
    default: 1800
  destination:
    description: Bucket and folder, such as C(s3://backups-dev-postgresql/shop).
    type: str
    default: ""
  endpoint:
    description: URL of the S3 server; without it AWS is asked.
    type: str
  credentials:
    description: Name of a Secret with the keys C(ACCESS_KEY_ID) and C(SECRET_ACCESS_KEY).
    type: str
  ca_secret:
    description: Name of a Secret whose key C(ca.crt) has the authority that signed the server's certificate.
    type: str
  retention:
    description: Recovery window such as C(30d).
    type: str
  compatible:
    description: For S3 servers that do not know the checksums newer clients send by default.
    type: bool
    default: true
  spec:
    description: Everything else of the object's C(spec), as the plugin documents it; laid over what follows from the other options.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Where the backups of a cluster go
  groundwork.platform.cnpg_objectstore:
    kubeconfig: ~/.kube/config
    context: example-dev
    namespace: databases
    name: shop
    destination: s3://backups-dev-postgresql/shop
    endpoint: https://s3.example.org
    credentials: s3-credentials
    retention: 30d
"""

RETURN = r"""
definition:
  description: The object as the API server has it now, without its status; values that could be secrets are hidden.
  returned: success
  type: dict
progress:
  description: What was waited for.
  returned: always
  type: list
  elements: str
problems:
  description: Everything that stands in the way.
  returned: failure
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.objects import object_store_spec
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.shell import companion_module
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object

OPTIONS: dict[str, dict[str, t.Any]] = {
    "destination": {"type": "str", "default": ""},
    "endpoint": {"type": "str"},
    "credentials": {"type": "str", "no_log": False},
    "ca_secret": {"type": "str", "no_log": False},
    "retention": {"type": "str"},
    "compatible": {"type": "bool", "default": True},
    "spec": {"type": "dict", "default": {}},
}


def main() -> None:
    """Arguments in, outcome out."""
    companion_module(OPTIONS, "ObjectStore", spec_of)


def spec_of(params: t.Mapping[str, t.Any]) -> Object:
    """The object's spec."""
    return object_store_spec(params)


if __name__ == "__main__":
    main()
