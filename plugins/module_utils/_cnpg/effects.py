# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of each field of a Cluster does (pure data). Paths are of github.com/cloudnative-pg/cloudnative-pg, v1.30.

A field's longest prefix in FIELDS counts. A test holds the table against the CRD: every field of ``spec`` has a row.
"""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._operator.effects import UNKNOWN, Row
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect

UPGRADE = "internal/controller/cluster_upgrade.go"
WEBHOOK = "internal/webhook/v1/cluster_webhook.go"
INSTANCE = "internal/management/controller/instance_controller.go"
CREATE = "internal/controller/cluster_create.go"
STATUS = "internal/controller/cluster_status.go"
VOLUMES = "pkg/reconciler/persistentvolumeclaim"
DOCUMENTATION = "docs/src/postgresql_conf.md"

#: The pods are made anew, replicas first; what that means for the primary depends on the update method and on the number of instances.
PODS = "the pods are made anew, one after the other"
SQL = "changed with SQL in the running database"


def _rows(effect: Effect, why: str, source: str, *fields: str) -> dict[str, Row]:
    return dict.fromkeys(fields, Row(effect, why, source))


FIELDS: dict[str, Row] = {
    **_rows(
        Effect.RESTART,
        PODS,
        f"{UPGRADE} (checkPodSpecIsOutdated), pkg/specs/pods.go",
        *("affinity", "env", "envFrom", "ephemeralVolumeSource", "ephemeralVolumesSizeLimit", "imagePullPolicy", "livenessProbeTimeout", "logLevel"),
        *("podSecurityContext", "priorityClassName", "probes", "resources", "schedulerName", "seccompProfile", "securityContext", "startDelay", "stopDelay"),
        *("topologySpreadConstraints",),
    ),
    **_rows(Effect.RESTART, PODS, f"{UPGRADE} (checkProjectedVolumeIsOutdated)", "projectedVolumeTemplate"),
    **_rows(Effect.RESTART, PODS, f"{UPGRADE} (checkPodImageIsOutdated)", "imageName", "imageCatalogRef"),
    **_rows(Effect.RESTART, f"{PODS}, with or without the plugin's sidecar", "internal/cnpi/plugin, pkg/specs/pods.go", "plugins"),
    **_rows(Effect.RESTART, f"{PODS}, with a volume more", f"{UPGRADE} (checkHasMissingPVCs)", "walStorage", "tablespaces"),
    **_rows(Effect.RESTART, "libraries are loaded at the start of PostgreSQL", "pkg/postgres/configuration.go", "postgresql.shared_preload_libraries"),
    **_rows(Effect.RESTART, "extensions of their own images are mounted into the pods", "pkg/specs/volumes.go", "postgresql.extensions"),
    **_rows(Effect.RELOAD, "PostgreSQL reads its configuration again", DOCUMENTATION, "postgresql"),
    **_rows(Effect.RELOAD, "synchronous_standby_names is set anew", "pkg/postgres/replication", "minSyncReplicas", "maxSyncReplicas"),
    **_rows(Effect.RELOAD, "certificates are exchanged while PostgreSQL runs", "internal/controller/cluster_pki.go", "certificates"),
    **_rows(Effect.ONLINE, SQL, INSTANCE, "managed", "enableSuperuserAccess", "superuserSecret", "replicationSlots"),
    **_rows(
        Effect.ONLINE, "volumes grow while they are in use, where their class can do that", VOLUMES, "storage", "walStorage.size", "tablespaces.storage.size"
    ),
    **_rows(Effect.ONLINE, "replicas are added or taken away", CREATE, "instances"),
    **_rows(
        Effect.ONLINE,
        "objects beside the instances are changed",
        STATUS,
        *("monitoring", "inheritedMetadata", "enablePDB", "serviceAccountTemplate", "podSelectorRefs"),
    ),
    **_rows(
        Effect.ONLINE,
        "counts from the next time on",
        "api/v1/cluster_types.go",
        *("backup", "description", "externalClusters", "nodeMaintenanceWindow", "primaryLease"),
    ),
    **_rows(Effect.ONLINE, "counts from the next pull on", CREATE, "imagePullSecrets"),
    **_rows(
        Effect.ONLINE,
        "counts from the next restart or failover on",
        "pkg/management/postgres/instance.go",
        *("failoverDelay", "primaryUpdateMethod", "primaryUpdateStrategy", "smartShutdownTimeout", "switchoverDelay"),
    ),
    **_rows(Effect.DOWNTIME, "the cluster becomes a replica of another one, or stops being one", f"{WEBHOOK} (validateReplicaClusterChange)", "replica"),
    **_rows(
        Effect.IGNORED,
        "only a new cluster looks at it",
        f"{CREATE}; {WEBHOOK} (validateClusterChanges) compares it with nothing",
        "bootstrap",
    ),
    **_rows(
        Effect.IGNORED,
        "volumes keep the class that they were made with",
        VOLUMES,
        *("storage.storageClass", "walStorage.storageClass", "storage.pvcTemplate", "walStorage.pvcTemplate"),
        *("tablespaces.storage.storageClass", "tablespaces.storage.pvcTemplate", "tablespaces.temporary"),
    ),
    **_rows(Effect.ONLINE, "the volumes' attributes class is changed", f"{VOLUMES}/existing.go", "storage.pvcTemplate.volumeAttributesClassName"),
    **_rows(Effect.ONLINE, "whether volumes in use may grow", VOLUMES, "storage.resizeInUseVolumes", "walStorage.resizeInUseVolumes"),
    **_rows(
        Effect.FORBIDDEN, "files on the volumes belong to this number", f"{WEBHOOK} (validateUnixPermissionIdentifierChange)", "postgresUID", "postgresGID"
    ),
    **_rows(Effect.FORBIDDEN, "the CRD makes it immutable", "config/crd/bases/postgresql.cnpg.io_clusters.yaml (CEL)", "serviceAccountName"),
    **_rows(
        Effect.FORBIDDEN,
        "slots with the old prefix would never be removed",
        f"{WEBHOOK} (validateReplicationSlotsChange)",
        "replicationSlots.highAvailability.slotPrefix",
    ),
    # on the object, not in its spec
    **_rows(Effect.ONLINE, "labels and annotations are passed on to the pods", "pkg/reconciler", "metadata"),
}

#: For a field that a later CRD has and this table has not.


def row_of(path: str) -> Row:
    """The row of a field by its longest known prefix; names in brackets do not count."""
    steps = [step.split("[")[0] for step in path.split(".")]
    for length in range(len(steps), 0, -1):
        row = FIELDS.get(".".join(steps[:length]))
        if row is not None:
            return row
    return UNKNOWN
