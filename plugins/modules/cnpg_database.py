#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module cnpg_database: a database in a PostgreSQL cluster of CloudNativePG."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cnpg_database
short_description: A database in a PostgreSQL cluster of CloudNativePG
version_added: 0.3.0
author: groundwork.platform contributors (@groundwork)
description:
  - Describes one database by a C(Database) object and waits until the operator has made it in PostgreSQL.
  - Encoding, locale, template and name are fixed once it exists. Its reclaim policy is C(retain) unless O(spec) says otherwise, so that
    the removal of the object leaves the database.
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
      - V(present) brings the definition and waits until it counts. V(absent) removes the object, and the database only if its reclaim
        policy is C(delete).
    type: str
    choices: [present, absent]
    default: present
  confirm:
    description:
      - C(<namespace>/<name>), typed, where a removal takes data along. C(ensure=absent) anywhere in O(spec) needs it, too, since the operator drops the
        database, schema, extension, wrapper or server it stands at, whatever the reclaim policy.
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
  cluster:
    description: The cluster that it belongs to. It cannot be changed later.
    type: str
    required: true
  database:
    description: Name of the database in PostgreSQL. By default O(name).
    type: str
  owner:
    description: Role that owns it. Needed for V(present).
    type: str
    default: ""
  spec:
    description: Everything else of the object's C(spec), as CloudNativePG documents it.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: A database of a role
  groundwork.platform.cnpg_database:
    kubeconfig: ~/.kube/config
    context: example-dev
    namespace: databases
    name: shop
    cluster: main
    owner: shop
    spec: {extensions: [{name: pg_trgm}]}
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

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.shell import companion_module
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object

OPTIONS: dict[str, dict[str, t.Any]] = {
    "cluster": {"type": "str", "required": True},
    "database": {"type": "str"},
    "owner": {"type": "str", "default": ""},
    "spec": {"type": "dict", "default": {}},
}


def main() -> None:
    """Arguments in, outcome out."""
    companion_module(OPTIONS, "Database", spec_of)


def spec_of(params: t.Mapping[str, t.Any]) -> Object:
    """The object's spec."""
    return {
        "databaseReclaimPolicy": "retain",
        **params["spec"],
        "cluster": {"name": params["cluster"]},
        "name": params["database"] or params["name"],
        "owner": params["owner"],
    }


if __name__ == "__main__":
    main()
