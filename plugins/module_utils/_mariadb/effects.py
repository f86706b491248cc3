# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of each field of a MariaDB does (pure data). Paths are of github.com/mariadb-operator/mariadb-operator, v25.10.4.

A field's longest prefix in FIELDS counts. A test holds the table against the CRD: every field of ``spec`` has a row. Immutable fields are
those with the tag ``webhook:"inmutable"`` or ``"inmutableinit"`` in api/v1alpha1.
"""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._operator.effects import UNKNOWN, Row
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect

TYPES = "api/v1alpha1/mariadb_types.go"
BASE = "api/v1alpha1/base_types.go"
WEBHOOK = "internal/webhook/v1alpha1/mariadb_webhook.go"
CONTROLLER = "internal/controller/mariadb_controller.go"
UPDATE = "internal/controller/mariadb_controller_update.go"
KEPT = "the operator's webhook keeps it as it was first said"
PODS = "the members are made anew, one after the other, the primary last"


def _rows(effect: Effect, why: str, source: str, *fields: str) -> dict[str, Row]:
    return dict.fromkeys(fields, Row(effect, why, source))


FIELDS: dict[str, Row] = {
    **_rows(
        Effect.RESTART,
        PODS,
        f"{UPDATE} (reconcileUpdates), pkg/builder/statefulset_builder.go",
        *("image", "imagePullPolicy", "resources", "args", "command", "env", "envFrom", "securityContext", "podSecurityContext"),
        *("livenessProbe", "readinessProbe", "startupProbe", "initContainers", "sidecarContainers", "podMetadata", "inheritMetadata"),
        *("affinity", "nodeSelector", "tolerations", "topologySpreadConstraints", "priorityClassName", "port"),
        *("terminationGracePeriodSeconds", "lifecycle", "enableServiceLinks"),
    ),
    **_rows(Effect.RESTART, f"{PODS}: they carry a hash of my.cnf", f"{UPDATE} (getUpdateAnnotations)", "myCnf", "myCnfConfigMapKeyRef"),
    **_rows(Effect.RESTART, f"{PODS}: they carry a hash of Galera's configuration", f"{UPDATE} (getUpdateAnnotations)", "galera"),
    **_rows(Effect.RESTART, f"{PODS}: they carry hashes of their certificates", f"{UPDATE} (getTLSAnnotations)", "tls"),
    **_rows(Effect.ONLINE, "the operator alone looks at it", "api/v1alpha1/mariadb_galera_types.go", "galera.recovery", "galera.primary.autoFailover"),
    **_rows(
        Effect.FORBIDDEN,
        "the operator moves it at every failover, and a definition would move it back; use state switched_over",
        "internal/controller/pod_galera_controller.go",
        "galera.primary.podIndex",
    ),
    **_rows(Effect.FORBIDDEN, "one server does not become a cluster, nor a cluster one server: restore into a new one", WEBHOOK, "galera.enabled"),
    **_rows(Effect.FORBIDDEN, "asynchronous replication is another cluster: restore into a new one", f"{WEBHOOK} (validateHA)", "replication"),
    **_rows(
        Effect.RESTART,
        f"{PODS}: each is told the addresses of all; a member that joins takes its data from one that answers no queries meanwhile",
        "pkg/galera/config/config.go (clusterAddress)",
        "replicas",
    ),
    **_rows(Effect.ONLINE, "it only says what the webhook accepts", TYPES, "replicasAllowEvenNumber", "cleanupPolicy"),
    **_rows(Effect.ONLINE, "how later changes reach the members", UPDATE, "updateStrategy"),
    **_rows(
        Effect.RESTART,
        f"{PODS}, with the agent of the operator's version",
        "api/v1alpha1/mariadb_galera_types.go (SetDefaults)",
        "updateStrategy.autoUpdateDataPlane",
    ),
    **_rows(Effect.ONLINE, "Services are changed where they are", f"{CONTROLLER} (reconcileService)", "service", "primaryService", "secondaryService"),
    **_rows(Effect.ONLINE, "Services are changed where they are", f"{CONTROLLER} (reconcileService)", "servicePorts"),
    **_rows(Effect.ONLINE, "the exporter is made anew, beside the cluster", "internal/controller/mariadb_controller_metrics.go", "metrics"),
    **_rows(Effect.ONLINE, "changed with SQL in the running database", "internal/controller/user_controller.go", "passwordSecretKeyRef"),
    **_rows(Effect.ONLINE, "changed with SQL in the running database", "internal/controller/user_controller.go", "passwordHashSecretKeyRef", "passwordPlugin"),
    **_rows(Effect.ONLINE, "the operator stops or begins to look at the cluster", f"{CONTROLLER} (reconcileSuspend)", "suspend", "maintenance"),
    **_rows(Effect.SWITCHOVER, "another program decides from then on who is primary", TYPES, "maxScaleRef", "multiCluster"),
    **_rows(
        Effect.ONLINE,
        "volumes grow while they are in use; the StatefulSet is made anew around its pods",
        "internal/controller/mariadb_controller_storage.go",
        "storage",
    ),
    **_rows(Effect.FORBIDDEN, "volumes keep the class that they were made with", f"{TYPES} (inmutable)", "storage.storageClassName"),
    **_rows(Effect.FORBIDDEN, "a cluster without volumes would forget everything", f"{TYPES} (inmutableinit)", "storage.ephemeral"),
    **_rows(Effect.FORBIDDEN, KEPT, f"{TYPES} (inmutable)", "database", "username", "timeZone"),
    **_rows(Effect.FORBIDDEN, KEPT, f"{TYPES} (inmutable)", "connection", "primaryConnection", "secondaryConnection"),
    **_rows(
        Effect.FORBIDDEN,
        "the password was set when the data directory was made; the operator would no longer get in",
        f"{TYPES} (inmutableinit)",
        *("rootPasswordSecretKeyRef", "rootEmptyPassword"),
    ),
    **_rows(
        Effect.FORBIDDEN,
        KEPT,
        f"{BASE} (inmutable)",
        *("affinity.antiAffinityEnabled", "imagePullSecrets", "serviceAccountName", "volumes", "volumeMounts", "galera.config", "metrics.username"),
    ),
    **_rows(Effect.IGNORED, "only a new cluster looks at it", f"{CONTROLLER} (shouldReconcileRestore)", "bootstrapFrom", "pointInTimeRecoveryRef"),
    **_rows(Effect.IGNORED, "the budget is made once and never changed", f"{CONTROLLER} (reconcileDefaultPDB)", "podDisruptionBudget"),
    # on the object, not in its spec
    **_rows(Effect.ONLINE, "nothing but the object itself carries it", CONTROLLER, "metadata"),
}


def row_of(path: str) -> Row:
    """The row of a field by its longest known prefix; names in brackets do not count."""
    steps = [step.split("[")[0] for step in path.split(".")]
    for length in range(len(steps), 0, -1):
        row = FIELDS.get(".".join(steps[:length]))
        if row is not None:
            return row
    return UNKNOWN
