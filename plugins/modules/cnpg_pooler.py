#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module cnpg_pooler: connection poolers in front of a PostgreSQL cluster of CloudNativePG."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cnpg_pooler
short_description: Connection poolers in front of a PostgreSQL cluster of CloudNativePG
version_added: 0.3.0
author: groundwork.platform contributors (@groundwork)
description:
  - Describes PgBouncer in front of a cluster by a C(Pooler) object, and waits until as many poolers as wanted are there.
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
    description: V(present) brings the definition and waits until it counts. V(absent) removes the object.
    type: str
    choices: [present, absent]
    default: present
  confirm:
    description: C(<namespace>/<name>), typed, where a removal takes data along or stops backups.
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
  type:
    description: Whether it leads to the primary (V(rw)) or to replicas (V(ro)).
    type: str
    choices: [rw, ro, r]
    default: rw
  instances:
    description: Number of poolers.
    type: int
    default: 2
  mode:
    description: For how long a client keeps a connection.
    type: str
    choices: [session, transaction]
    default: session
  parameters:
    description: Settings of PgBouncer.
    type: dict
    default: {}
  spec:
    description:
      - Everything else of the object's C(spec), as CloudNativePG documents it. What it says of C(pgbouncer), such as C(paused), stands beside
        O(mode) and O(parameters).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Poolers for an application with many short connections
  groundwork.platform.cnpg_pooler:
    kubeconfig: ~/.kube/config
    context: example-dev
    namespace: databases
    name: main-rw-pooler
    cluster: main
    mode: transaction
    parameters: {max_client_conn: "500", default_pool_size: "20"}
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
    "type": {"type": "str", "choices": ["rw", "ro", "r"], "default": "rw"},
    "instances": {"type": "int", "default": 2},
    "mode": {"type": "str", "choices": ["session", "transaction"], "default": "session"},
    "parameters": {"type": "dict", "default": {}},
    "spec": {"type": "dict", "default": {}},
}


def main() -> None:
    """Arguments in, outcome out."""
    companion_module(OPTIONS, "Pooler", spec_of)


def spec_of(params: t.Mapping[str, t.Any]) -> Object:
    """The object's spec."""
    settings = {key: str(value) for key, value in params["parameters"].items()}
    bouncer = {"poolMode": params["mode"], "parameters": settings, **(params["spec"].get("pgbouncer") or {})}
    spec = {"type": params["type"], "instances": params["instances"], **params["spec"]}
    return {**spec, "cluster": {"name": params["cluster"]}, "pgbouncer": bouncer}


if __name__ == "__main__":
    main()
