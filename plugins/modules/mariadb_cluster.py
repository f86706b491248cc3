#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module mariadb_cluster: MariaDB Galera clusters of mariadb-operator. Decisions and doings are in _mariadb."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mariadb_cluster
short_description: Manage a MariaDB Galera cluster without losing data by accident
version_added: 0.3.0
author: groundwork.platform contributors (@groundwork)
description:
  - Creates, changes, scales, switches over, upgrades, recovers, verifies and restores a cluster of mariadb-operator.
  - Says before a change what it does to people who use the database, field by field, and refuses what hurts more than O(disruption) allows,
    what a running cluster would silently ignore, and what cannot be.
  - Waits for this change instead of believing a status that may be older; the object has no observedGeneration, so pods, their revision,
    volumes and conditions have to show the change and stay well for O(stable_for) seconds.
  - Applies with server-side apply under a field manager of its own and never by force. Refuses to change a cluster that Argo CD owns;
    its primary and its recovery are steered there all the same, as Git does not hold those fields.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.kube
attributes:
  check_mode:
    support: full
    details:
      - The API server judges the definition in a dry run; the classification and the diff are complete.
  diff_mode:
    support: full
    details:
      - Without anything that could be a secret.
  idempotent:
    support: partial
    details:
      - V(verified) tries a restore each time, and V(switched_over) without O(primary) switches each time.
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
  namespace:
    description: Its namespace, which has to exist.
    type: str
    required: true
  state:
    description:
      - V(present) applies O(spec) as a whole.
      - V(scaled) changes the number of members; volumes of members that go stay.
      - V(switched_over) makes O(primary) primary, or any member that is ready.
      - V(upgraded) changes the image alone, if a backup is young enough and the version follows the present one.
      - V(recovered) waits until a cluster that has stopped as a whole is back, all its hosts have been heard of, and it has been well for O(stable_for).
        With O(bootstrap_member) it begins from that member by force, and takes the order back afterwards.
      - V(verified) restores a backup into a scratch server C(<name>-trial), asks O(checks), removes it again and notes on the cluster that it was proven.
        Server, jobs and volume claims carry the label C(groundwork.platform/scratch); what has that name without the label is refused and never removed.
      - V(restored) makes a new cluster from a backup. The source is never touched. A name that is taken is refused, and so is one under which an earlier
        cluster has left volume claims or a Restore, and one that ends in C(-trial), as those of scratch servers do. Interrupted it is run again,
        and goes on with what it has made.
      - V(absent) deletes the cluster after a typed confirmation; its volumes stay.
    type: str
    choices: [present, scaled, switched_over, upgraded, recovered, verified, restored, absent]
    default: present
  spec:
    description: The C(spec) of the MariaDB, as the operator documents it. Secrets are named in it, never written.
    type: dict
  labels:
    description: Labels of the object.
    type: dict
    default: {}
  annotations:
    description: Annotations of the object.
    type: dict
    default: {}
  disruption:
    description: The worst that a change may do. What is ignored or forbidden is always refused.
    type: str
    choices: [online, reload, restart, switchover, downtime]
    default: switchover
  members:
    description: Number of members for V(scaled).
    type: int
  primary:
    description: Number of the member that V(switched_over) makes primary.
    type: int
  image:
    description: Image for V(upgraded), with its exact version.
    type: str
  backup_within:
    description: Hours that the last backup may be old before V(upgraded); 0 asks for none.
    type: int
    default: 24
  bootstrap_member:
    description:
      - Pod that V(recovered) begins from by force. Refused while the operator can decide by itself, and where another member knows more.
        Where nothing is known of any member, it has to be one that answers and was the primary when the cluster stopped, since acknowledged writes had been
        committed there; the operator hands over while members stop, and the refusal without O(confirm) says who was the primary until when.
      - Needs O(confirm) with the same name; what only the others know is lost.
    type: str
    default: ""
  backup:
    description: Name of the Backup that V(verified) and V(restored) take; the newest that succeeded for V(verified).
    type: str
    default: ""
  s3:
    description: Place in S3 that V(restored) takes its backup from when there is no Backup object, as in C(spec.s3) of a Restore.
    type: dict
  folder:
    description:
      - Folder of the bucket that belongs to the environment of the cluster, such as V(dev) or V(dev/nextcloud). V(restored) reads nothing outside of it,
        because nothing masks a MariaDB on its way from one environment to another.
      - Required with O(s3); with O(backup) the place of that Backup is held against it.
    type: str
    default: ""
  target_time:
    description: Time with its zone for V(restored); the newest backup before it comes back.
    type: str
    default: ""
  checks:
    description: Questions that V(verified) asks the restored server. Without any it has to have a table, at least.
    type: list
    elements: dict
    default: []
    suboptions:
      database:
        description: Database to ask in.
        type: str
        default: ""
      sql:
        description: A query with one value.
        type: str
        required: true
      expect:
        description: What the value has to be.
        type: str
      minimum:
        description: What the value has to be at least, as a number.
        type: int
  proven_within:
    description: Hours within which a backup must have been verified before V(absent); 0 asks for none.
    type: int
    default: 24
  confirm:
    description: C(<namespace>/<name>) for V(absent), or the pod for O(bootstrap_member).
    type: str
    default: ""
  wait:
    description: Whether V(present), V(scaled) and V(upgraded) wait until the cluster is well.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait.
    type: int
    default: 1800
  stable_for:
    description: Seconds that a changed cluster has to stay well.
    type: int
    default: 10
"""

EXAMPLES = r"""
- name: Have a cluster of three
  groundwork.platform.mariadb_cluster:
    kubeconfig: ~/.kube/config
    context: example-dev
    name: nextcloud
    namespace: nextcloud
    spec:
      image: mariadb:11.8.3
      replicas: 3
      galera: {enabled: true}
      affinity: {antiAffinityEnabled: true}
      storage: {size: 20Gi}
      rootPasswordSecretKeyRef: {name: nextcloud-credentials, key: db-root-password}
  delegate_to: localhost

- name: See what a change would do
  groundwork.platform.mariadb_cluster:
    kubeconfig: ~/.kube/config
    context: example-dev
    name: nextcloud
    namespace: nextcloud
    spec: "{{ wanted }}"
  check_mode: true
  delegate_to: localhost
  register: planned

- name: Prove the newest backup
  groundwork.platform.mariadb_cluster:
    kubeconfig: ~/.kube/config
    context: example-prod
    name: nextcloud
    namespace: nextcloud
    state: verified
    checks:
      - {database: nextcloud, sql: SELECT COUNT(*) FROM oc_users, minimum: 1}
  delegate_to: localhost

- name: Bring back what a lost cluster has left in S3
  groundwork.platform.mariadb_cluster:
    kubeconfig: ~/.kube/config
    context: example-dev
    name: nextcloud-2
    namespace: nextcloud
    state: restored
    spec: "{{ wanted }}"
    s3: "{{ place | combine({'bucket': 'backups-mariadb', 'prefix': 'dev/nextcloud'}) }}"
    folder: dev
  delegate_to: localhost

- name: Begin again from the member that knows most, after the node of another one is gone for ever
  groundwork.platform.mariadb_cluster:
    kubeconfig: ~/.kube/config
    context: example-prod
    name: nextcloud
    namespace: nextcloud
    state: recovered
    bootstrap_member: nextcloud-1
    confirm: nextcloud-1
  delegate_to: localhost
"""

RETURN = r"""
cluster:
  description: The cluster afterwards.
  returned: success
  type: dict
  sample:
    name: nextcloud
    namespace: nextcloud
    ready: true
    message: Running
    members: 3
    ready_members: 3
    primary: nextcloud-0
    image: mariadb:11.8.3
    hosts: {primary: nextcloud-primary.nextcloud.svc, any: nextcloud.nextcloud.svc}
    root_secret: nextcloud-credentials
changes:
  description: Every field that differs, the worst first, with what its change does and where the operator says so.
  returned: success
  type: list
  elements: dict
progress:
  description: What was waited for.
  returned: always
  type: list
  elements: str
problems:
  description: Why nothing was done, each with place, reason and remedy.
  returned: failure
  type: list
  elements: dict
primary:
  description: Pod of the primary, for V(switched_over).
  returned: when asked for
  type: str
sequences:
  description: The last transaction that each member knows, for V(recovered); -1 where it is not known.
  returned: when asked for
  type: dict
bootstrapped_from:
  description: Member that the cluster began from, for V(recovered).
  returned: when it was broken
  type: str
restore_seconds:
  description: How long V(verified) needed until the restored server could be asked.
  returned: when asked for
  type: int
backup_age_seconds:
  description: How old the newest backup was that V(verified) proved.
  returned: when asked for
  type: int
kept_volumes:
  description: Volumes that V(absent) left.
  returned: when asked for
  type: list
  elements: str
"""

import datetime
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._kube.arguments import KUBE_OPTIONS
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import checks, proof, restore, steer
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.present import document, present
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.shell import WAITING, carry_out, summary
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome, changes_told

CHECK = {
    "database": {"type": "str", "default": ""},
    "sql": {"type": "str", "required": True},
    "expect": {"type": "str"},
    "minimum": {"type": "int"},
}
OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "state": {
        "type": "str",
        "choices": ["present", "scaled", "switched_over", "upgraded", "recovered", "verified", "restored", "absent"],
        "default": "present",
    },
    "spec": {"type": "dict"},
    "labels": {"type": "dict", "default": {}},
    "annotations": {"type": "dict", "default": {}},
    "disruption": {"type": "str", "choices": ["online", "reload", "restart", "switchover", "downtime"], "default": "switchover"},
    "members": {"type": "int"},
    "primary": {"type": "int"},
    "image": {"type": "str"},
    "backup_within": {"type": "int", "default": 24},
    "bootstrap_member": {"type": "str", "default": ""},
    "backup": {"type": "str", "default": ""},
    "s3": {"type": "dict"},
    "folder": {"type": "str", "default": ""},
    "target_time": {"type": "str", "default": ""},
    "checks": {"type": "list", "elements": "dict", "default": [], "options": CHECK},
    "proven_within": {"type": "int", "default": 24},
    "confirm": {"type": "str", "default": ""},
    **WAITING,
}


def carried_out(session: Session, params: t.Mapping[str, t.Any]) -> Outcome:
    """The state that was asked for."""
    most = Effect[params["disruption"].upper()]
    marks = {key: params[key] for key in ("labels", "annotations") if params[key]}
    questions = [checks.Check(check["database"], check["sql"], check["expect"], check["minimum"]) for check in params["checks"]]
    require(checks.faults(questions))
    origin = restore.Origin(params["backup"], params["s3"], params["target_time"], params["folder"])
    backed_up, proven = (datetime.timedelta(hours=params[key]) for key in ("backup_within", "proven_within"))
    doings: dict[str, t.Callable[[], Outcome]] = {
        "present": lambda: present(session, document(session, params["spec"], marks), most),
        "scaled": lambda: steer.scaled(session, params["members"]),
        "switched_over": lambda: steer.switched_over(session, params["primary"]),
        "upgraded": lambda: steer.upgraded(session, params["image"], backed_up, most),
        "recovered": lambda: steer.recovered(session, params["bootstrap_member"], params["confirm"]),
        "verified": lambda: proof.verified(session, params["backup"], questions),
        "restored": lambda: restore.restored(session, params["spec"], origin),
        "absent": lambda: steer.absent(session, params["confirm"], proven),
    }
    return doings[params["state"]]()


def main() -> None:
    """Arguments in, outcome out."""
    module = AnsibleModule(
        argument_spec={**KUBE_OPTIONS, **OPTIONS},
        required_if=[
            ["state", "present", ["spec"]],
            ["state", "scaled", ["members"]],
            ["state", "upgraded", ["image"]],
            ["state", "restored", ["spec"]],
            ["state", "restored", ["backup", "s3"], True],
        ],
        mutually_exclusive=[["backup", "s3"]],
        supports_check_mode=True,
    )
    carry_out(
        module,
        lambda session: carried_out(session, module.params),
        lambda outcome: {"cluster": summary(outcome.after), "changes": changes_told(outcome)},
    )


if __name__ == "__main__":
    main()
