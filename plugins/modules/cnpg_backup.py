#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module cnpg_backup: scheduled base backups of a PostgreSQL cluster of CloudNativePG."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cnpg_backup
short_description: Scheduled base backups of a PostgreSQL cluster of CloudNativePG
version_added: 0.3.0
author: groundwork.platform contributors (@groundwork)
description:
  - Describes when base backups are taken, by a C(ScheduledBackup) object of the Barman plugin. One backup now is state V(backed_up) of
    M(groundwork.platform.cnpg_cluster).
  - CloudNativePG reads schedules of six fields, seconds first, and takes one of five for something else; C(0 3 * * *) would run every
    hour. Five fields are refused unless O(schedule_format=cron5) says that they are meant.
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
  schedule:
    description: When, in six fields - second, minute, hour, day of month, month, weekday - and the operator's time zone, which is UTC.
    type: str
    default: ""
  schedule_format:
    description: V(cron5) puts second 0 before the five fields of cron.
    type: str
    choices: [cron6, cron5]
    default: cron6
  target:
    description: Which instance the backups are read from.
    type: str
    choices: [primary, prefer-standby]
    default: prefer-standby
  immediate:
    description: Also take one when the object is made.
    type: bool
    default: true
  suspend:
    description: Take none for now.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Every night at two
  groundwork.platform.cnpg_backup:
    kubeconfig: ~/.kube/config
    context: example-dev
    namespace: databases
    name: shop-nightly
    cluster: shop
    schedule: 0 0 2 * * *
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

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.objects import scheduled_backup_spec
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.shell import companion_module
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object

OPTIONS: dict[str, dict[str, t.Any]] = {
    "cluster": {"type": "str", "required": True},
    "schedule": {"type": "str", "default": ""},
    "schedule_format": {"type": "str", "choices": ["cron6", "cron5"], "default": "cron6"},
    "target": {"type": "str", "choices": ["primary", "prefer-standby"], "default": "prefer-standby"},
    "immediate": {"type": "bool", "default": True},
    "suspend": {"type": "bool", "default": False},
}


def main() -> None:
    """Arguments in, outcome out."""
    companion_module(OPTIONS, "ScheduledBackup", spec_of)


def spec_of(params: t.Mapping[str, t.Any]) -> Object:
    """The object's spec."""
    return scheduled_backup_spec(params)


if __name__ == "__main__":
    main()
