#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module cnpg_cluster: a PostgreSQL cluster of CloudNativePG. What is decided is in _cnpg."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cnpg_cluster
short_description: Create, change, steer, back up, prove and restore PostgreSQL clusters of CloudNativePG
version_added: 0.3.0
author: groundwork.platform contributors (@groundwork)
description:
  - Works on one C(Cluster) of CloudNativePG. Before anything is changed the API server tries the change in a dry run, and every field that
    differs is classified. It is V(online), a V(reload), a rolling V(restart), a V(switchover), V(downtime), C(ignored) by a cluster that runs, or C(forbidden).
    Check mode ends there.
  - Changes that a running cluster ignores or that cannot be fail the task, all at once, each with its reason and a remedy. So does what hurts
    more than O(disruption) allows.
  - Fields are set by server-side apply with a field manager of their own, and never taken from another manager by force. A cluster that Argo CD
    runs from Git is not changed at all; O(gitops=render) writes the change as a patch into the tree.
  - Waiting ends when this change is seen in pods and volumes and the cluster stays healthy for O(stable_for) seconds. Failures that
    waiting does not end are reported at once, with the operator's words and the next step.
  - Nothing that holds data is deleted without a confirmation, and a restore never goes into a cluster that exists.
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
    support: partial
    details:
      - V(switched_over) without O(primary), V(restarted) and V(reloaded) without O(since), and V(backed_up) and V(verified) without
        O(max_age) act each time.
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
    description:
      - V(present) brings O(spec) to the cluster. V(absent) deletes it and keeps its volumes.
      - V(scaled) changes the number of instances. V(switched_over) makes another instance primary. V(upgraded) changes the image.
        V(migrated) goes from the archive in C(spec.backup.barmanObjectStore) to the plugin, which is part of the definition from then on.
      - V(backed_up) takes a base backup and believes it once the archive shows it and has a segment of WAL that was closed after it. V(verified)
        restores the newest state into a namespace of its own, asks it, measures RPO and RTO, and removes it. V(restored) makes a new cluster from
        an archive.
      - V(hibernated) stops all instances and keeps their volumes, V(running) starts them. V(fenced) stops PostgreSQL in some instances,
        V(unfenced) starts it. V(restarted) restarts one instance after the other, V(reloaded) reads the configuration again.
    type: str
    choices: [present, absent, scaled, switched_over, upgraded, migrated, backed_up, verified, restored, hibernated, running, fenced, unfenced, restarted,
              reloaded]
    default: present
  spec:
    description: The C(spec) of the C(Cluster), as CloudNativePG documents it. Needed for V(present) and V(restored).
    type: dict
  labels:
    description: Labels of the C(Cluster), for V(present) and V(restored).
    type: dict
    default: {}
  annotations:
    description: Annotations of the C(Cluster), for V(present) and V(restored).
    type: dict
    default: {}
  disruption:
    description: The most that a change may do. What hurts more is refused.
    type: str
    choices: [online, reload, restart, switchover, downtime]
    default: switchover
  unsafe_reason:
    description: Why an annotation that switches a safeguard off is wanted all the same. Without it such an annotation is refused.
    type: str
    default: ""
  gitops:
    description:
      - What to do with a cluster that Argo CD runs from Git. V(refuse) fails; V(render), which
        state V(present) only knows, writes O(gitops_path) and changes nothing in the cluster.
    type: str
    choices: [refuse, render]
    default: refuse
  gitops_path:
    description: File in a folder C(patches) of the clone, such as C(kubernetes/environments/dev/plugin-barman-cloud/patches/shop.yaml).
    type: path
  instances:
    description: Number of instances for V(scaled).
    type: int
  confirm_pvc_delete:
    description: Fewer instances lose their volumes; this says that it is wanted.
    type: bool
    default: false
  confirm:
    description:
      - C(<namespace>/<name>), typed. V(absent) needs it, V(fenced) with C(*) in O(members), and V(hibernated) where there is no base backup or WAL
        is not archived.
    type: str
    default: ""
  primary:
    description: Instance that becomes primary with V(switched_over). Without it the ready replica that is least behind does.
    type: str
    default: ""
  max_lag:
    description:
      - MiB of WAL that the next primary may be behind in V(switched_over) and in a supervised V(upgraded). One that is further behind, or that does
        not stream from the primary, is waited for, for a minute, and refused then.
    type: int
    default: 16
  members:
    description: Instances to fence or not to fence any more; C(*) stands for all. V(unfenced) without any takes every fence away.
    type: list
    elements: str
    default: []
  allow_primary:
    description:
      - Fencing the primary is an outage, and so is fencing so many replicas that too few are left to confirm writes (C(dataDurability) V(required)); this
        says that it is wanted. For all instances O(confirm) says it.
    type: bool
    default: false
  since:
    description: A time such as C(2026-11-22T10:00:00Z). A restart or reload that was asked for at that time or later is not asked for again.
    type: str
    default: ""
  image:
    description: Image for V(upgraded), with its exact version.
    type: str
  confirm_extensions:
    description:
      - Names of extensions and preloaded libraries that O(image) is known to have for its PostgreSQL. V(upgraded) to another major version asks every
        database for its extensions first and fails on each that PostgreSQL does not bring along itself, unless it is named here, since C(pg_upgrade) would
        fail on it with all instances stopped. Afterwards it warns of those that C(ALTER EXTENSION) has to update.
      - Extensions that C(spec.postgresql.extensions) mounts from images of their own are always refused, as their images have to change together with O(image).
    type: list
    elements: str
    default: []
  object_store:
    description: The C(ObjectStore) that V(restored) reads and the new cluster writes to, or that V(migrated) goes to.
    type: str
  source_server:
    description: Server name in the archive that V(restored) reads.
    type: str
  server_name:
    description:
      - Server name that a cluster which is restored, migrated or upgraded to another major version writes to. One of which there are backups is refused,
        here and in O(spec), as is one that another cluster of the namespace uses.
    type: str
    default: ""
  target_time:
    description: Restore up to this time, with its zone, such as C(2026-11-22T10:15:00+01:00).
    type: str
    default: ""
  target_xid:
    description: Restore up to this transaction.
    type: str
    default: ""
  target_name:
    description: Restore up to this restore point.
    type: str
    default: ""
  target_lsn:
    description: Restore up to this place in the WAL.
    type: str
    default: ""
  target_exclusive:
    description: Stop before the target, not after it.
    type: bool
    default: false
  backup_name:
    description: Name of the C(Backup). By default the cluster's name with the time.
    type: str
    default: ""
  backup_target:
    description: Which instance the backup is read from.
    type: str
    choices: [primary, prefer-standby]
    default: prefer-standby
  max_age:
    description: Hours. A base backup (V(backed_up)) or a proof (V(verified)) that is not older will do; 0 makes a new one.
    type: int
    default: 0
  scratch_namespace:
    description: Namespace that V(verified) makes and removes. By default C(<namespace>-<name>-trial).
    type: str
  checks:
    description: What V(verified) asks the restored databases, beside the integrity of tables and indexes.
    type: list
    elements: dict
    default: []
    suboptions:
      database:
        description: Database to ask.
        type: str
        required: true
      sql:
        description: A statement with one answer. It must not hold a secret.
        type: str
        required: true
      expect:
        description: The answer, exactly.
        type: str
      minimum:
        description: The least number that is right.
        type: int
  proven_within:
    description:
      - Hours within which a backup must have been V(verified) before V(absent) or a major V(upgraded). For V(absent) 0 asks for none. A proof counts for
        the archive and the major version that it was made of.
    type: int
    default: 24
  progress_path:
    description: Filled in by the action plugin, which prints what the module writes there.
    type: path
  wait:
    description:
      - Wait until it is done. Without it V(backed_up) only asks for the backup, which nobody has believed then, and V(absent) does not see the end of the
        cluster; V(verified) is refused, since a restore that nobody waits for proves nothing.
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds. A run that waited too long can be repeated and goes on waiting, except for V(verified), which begins anew and so needs the time
        of a whole restore with all its checks.
    type: int
    default: 1800
  stable_for:
    description: For how many seconds the cluster has to be healthy without a break after a change.
    type: int
    default: 10
seealso:
  - name: PostgreSQL
    description: The guide, with what each change does.
    link: https://github.com/groundwork-platform/groundwork.platform/blob/main/docs/guides/postgresql.md
"""

EXAMPLES = r"""
- name: Three instances with synchronous replication and an archive
  groundwork.platform.cnpg_cluster:
    kubeconfig: ~/.kube/config
    context: example-dev
    namespace: databases
    name: shop
    spec:
      instances: 3
      imageName: registry.example.org/postgresql:17.6-standard-trixie
      storage: {size: 20Gi, storageClass: longhorn-pg}
      walStorage: {size: 5Gi, storageClass: longhorn-pg}
      postgresql:
        parameters: {max_connections: "200"}
        synchronous: {method: any, number: 1, dataDurability: required}
      plugins:
        - name: barman-cloud.cloudnative-pg.io
          isWALArchiver: true
          parameters: {barmanObjectName: shop}

- name: Prove the newest backup once a week
  groundwork.platform.cnpg_cluster:
    kubeconfig: ~/.kube/config
    context: example-dev
    namespace: databases
    name: shop
    state: verified
    max_age: 168
    checks:
      - {database: shop, sql: SELECT count(*) FROM orders, minimum: 1000}

- name: Bring back the state before an accident, beside the cluster that runs
  groundwork.platform.cnpg_cluster:
    kubeconfig: ~/.kube/config
    context: example-dev
    namespace: databases
    name: shop-before
    state: restored
    object_store: shop
    source_server: shop
    target_time: "2026-11-22T10:15:00+01:00"
    spec: "{{ shop_spec }}"
"""

RETURN = r"""
cluster:
  description: How the cluster is, where it answers, and the names of the Secrets that open it.
  returned: success
  type: dict
  sample: {name: shop, namespace: databases, phase: Cluster in healthy state, instances: 3, ready_instances: 3, primary: shop-1}
changes:
  description: Every field that differs, the worst first.
  returned: success
  type: list
  elements: dict
  sample:
    - {path: postgresql.parameters.work_mem, effect: reload, why: PostgreSQL reads its configuration again, before: 4MB, after: 8MB,
       source: docs/src/postgresql_conf.md}
effect:
  description: The worst of them.
  returned: success
  type: str
  sample: reload
waiting_for:
  description: What a person has to do now, such as a switchover.
  returned: success
  type: str
progress:
  description: What was waited for, and since when.
  returned: always
  type: list
  elements: str
problems:
  description: Everything that stands in the way.
  returned: failure
  type: list
  elements: dict
report:
  description: What V(verified) found and measured.
  returned: when state is verified
  type: dict
  sample: {tables: {shop: 12}, checks: 1, rto_seconds: 61.2, rpo_seconds: 14.0}
proven_at:
  description: When the backup was last proven.
  returned: when state is verified
  type: str
backup:
  description: Name of the backup.
  returned: when state is backed_up
  type: str
first_recoverability_point:
  description: The first time that the archive can go back to.
  returned: when state is backed_up
  type: str
archived_wal:
  description: The segment of WAL that was closed after the backup and seen in the archive.
  returned: when state is backed_up and a backup was taken
  type: str
  sample: "000000010000000000000007"
last_backup:
  description: When the last base backup ended.
  returned: when state is backed_up
  type: str
kept_volumes:
  description: Volumes that V(absent) left behind; they have to be removed by hand once nobody needs them.
  returned: when state is absent
  type: list
  elements: str
rendered:
  description: The file that O(gitops=render) wrote.
  returned: when it was rendered
  type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.arguments import OPTIONS, REQUIRED_IF, carried_out, summary
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import worst
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.shell import carry_out
from ansible_collections.groundwork.platform.plugins.module_utils._kube.arguments import KUBE_OPTIONS
from ansible_collections.groundwork.platform.plugins.module_utils._kube.execution import Executor
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome, changes_told
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import HUMAN

#: Seconds that pg_amcheck, vacuumdb and every other command in an instance may take at least; wait_timeout makes it more.
SHORTEST = 3600.0


def main() -> None:
    """Arguments in, outcome out."""
    module = AnsibleModule({**KUBE_OPTIONS, **OPTIONS}, required_if=REQUIRED_IF, supports_check_mode=True)
    run = Executor(module.params["kubeconfig"], module.params["context"], max(SHORTEST, float(module.params["wait_timeout"])))
    carry_out(module, lambda session: carried_out(session, module.params, run), _result)


def _result(outcome: Outcome) -> dict[str, t.Any]:
    waiting = f"{outcome.verdict.message}; {outcome.verdict.remedy}" if outcome.verdict.state == HUMAN else ""
    return {"cluster": summary(outcome.after), "changes": changes_told(outcome), "effect": str(worst(outcome.changes)), "waiting_for": waiting}


if __name__ == "__main__":
    main()
