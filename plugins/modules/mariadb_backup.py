#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module mariadb_backup: dumps of a MariaDB cluster to S3, now or by a schedule. Decisions and doings are in _mariadb."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mariadb_backup
short_description: Dump a MariaDB cluster to S3, now or by a schedule
version_added: 0.3.0
author: groundwork.platform contributors (@groundwork)
description:
  - V(taken) makes a Backup of mariadb-operator and waits for its end. It counts by the reason of the condition Complete, as the operator sets
    that condition to True for jobs that failed, too; a failure comes with the end of the job's log and the next step.
  - V(scheduled) applies a Backup with a schedule of five fields, with server-side apply and never by force.
  - V(absent) removes the Backup object. Files in S3 stay.
  - A dump is one moment. Between two of them nothing comes back; Galera clusters have no point in time.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.kube
attributes:
  check_mode:
    support: full
    details:
      - Says whether a backup would be taken or an object changed.
  diff_mode:
    support: full
    details:
      - Without anything that could be a secret.
  idempotent:
    support: partial
    details:
      - V(taken) takes one each time unless O(max_age) or O(backup) says otherwise.
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
  namespace:
    description: Its namespace.
    type: str
    required: true
  state:
    description: See above.
    type: str
    choices: [taken, scheduled, absent]
    default: taken
  backup:
    description:
      - Name of the Backup. V(taken) makes one of the cluster's name and the time if it is empty; one that is there is waited for.
      - The cluster's own name otherwise.
    type: str
    default: ""
  spec:
    description: The C(spec) of the Backup without C(mariaDbRef), with C(storage.s3). V(taken) uses that of the cluster's scheduled Backup if it is left out.
      For a Galera cluster C(--ignore-database=mysql) is added to C(args) unless it chooses databases itself, because such a cluster takes no dump of that back.
    type: dict
  max_age:
    description: Minutes that the last backup may be old for V(taken) to be content with it; 0 always takes one.
    type: int
    default: 0
  wait:
    description: Whether V(taken) waits for the end.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Dump now, into the place of the scheduled backups
  groundwork.platform.mariadb_backup:
    kubeconfig: ~/.kube/config
    context: example-prod
    name: nextcloud
    namespace: nextcloud
  delegate_to: localhost

- name: Dump every night, and keep it for 30 days
  groundwork.platform.mariadb_backup:
    kubeconfig: ~/.kube/config
    context: example-prod
    name: nextcloud
    namespace: nextcloud
    state: scheduled
    spec:
      schedule: {cron: 30 2 * * *}
      maxRetention: 720h
      storage:
        s3:
          bucket: mariadb
          prefix: prod/nextcloud
          endpoint: s3.example.org
          accessKeyIdSecretKeyRef: {name: nextcloud-credentials, key: s3-access-key}
          secretAccessKeySecretKeyRef: {name: nextcloud-credentials, key: s3-secret-key}
          tls: {enabled: true}
  delegate_to: localhost
"""

RETURN = r"""
backup:
  description: Name of the Backup.
  returned: success
  type: str
finished_at:
  description: When the last backup that counts ended, empty if none has.
  returned: success
  type: str
progress:
  description: What was waited for.
  returned: always
  type: list
  elements: str
problems:
  description: Why nothing was done or how it failed, each with place, reason and remedy.
  returned: failure
  type: list
  elements: dict
"""

import datetime
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._kube.arguments import KUBE_OPTIONS
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import protect
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.shell import WAITING, carry_out
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["taken", "scheduled", "absent"], "default": "taken"},
    "backup": {"type": "str", "default": ""},
    "spec": {"type": "dict"},
    "max_age": {"type": "int", "default": 0},
    **{name: option for name, option in WAITING.items() if name != "stable_for"},
}


def carried_out(session: Session, params: t.Mapping[str, t.Any]) -> Outcome:
    """The state that was asked for."""
    if params["state"] == "scheduled":
        return protect.scheduled(session, params["backup"] or session.name, params["spec"])
    if params["state"] == "absent":
        return protect.forgotten(session, params["backup"] or session.name)
    return protect.taken(session, params["backup"], params["spec"], datetime.timedelta(minutes=params["max_age"]))


def main() -> None:
    """Arguments in, outcome out."""
    module = AnsibleModule(
        argument_spec={**KUBE_OPTIONS, **OPTIONS},
        required_if=[["state", "scheduled", ["spec"]]],
        supports_check_mode=True,
    )
    carry_out(module, lambda session: carried_out(session, module.params), lambda _outcome: {})


if __name__ == "__main__":
    main()
