# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phases that CloudNativePG gives a Cluster, and what follows from each (pure data, api/v1/cluster_types.go of 1.30).

Two texts are literals in internal/controller/cluster_controller.go and stand in no enumeration.
"""

from __future__ import annotations

HEALTHY = "Cluster in healthy state"
SWITCHOVER = "Switchover in progress"
WAITING_FOR_USER = "Waiting for user action"
DISK_FULL = "Not enough disk space"
PLUGIN_UNKNOWN = "Cluster cannot proceed to reconciliation due to an unknown plugin being required"
PLUGIN_FAILS = "Cluster cannot proceed to reconciliation due to an error while interacting with plugins"
UNREACHED = "Instance Status Extraction Error: HTTP communication issue"

PROGRESS = frozenset(
    {
        SWITCHOVER,
        "Failing over",
        "Setting up primary",
        "Creating a new replica",
        "Upgrading cluster",
        "Upgrading Postgres major version",
        "Cluster upgrade delayed",
        "Primary instance is being restarted in-place",
        "Primary instance is being restarted without a switchover",
        "Waiting for the instances to become active",
        "Online upgrade in progress",
        "Applying configuration",
        "Promoting to primary cluster",
    }
)

#: Phases that waiting does not end, with the next step.
FAILED = {
    "Cluster is unrecoverable and needs manual intervention": "read the logs of its pods and jobs; restore it into a new cluster if its data is lost",
    "Invalid cluster definition": "correct the definition; the operator's message says which field",
    "Unable to create required cluster objects": "look at the operator's log; a quota, a policy or missing rights keep it from creating objects",
    "Cluster has incomplete or invalid image catalog": "correct imageCatalogRef, or add this major version to the catalogue",
    PLUGIN_UNKNOWN: ("install the plugin in the operator's namespace, or wait until it is rolled out; its name stands in spec.plugins"),
    PLUGIN_FAILS: ("look at the log of the plugin in the operator's namespace; its certificates and its Service have to be there"),
    "Cluster cannot execute instance online upgrade due to missing architecture binary": "install an operator image for the architecture of every node",
    DISK_FULL: "enlarge spec.storage.size or spec.walStorage.size; WAL that cannot be archived fills the volume, so look at ContinuousArchiving, too",
    UNREACHED: "let the operator's namespace reach port 8000 of the instances; a network policy closes it",
}

#: Failures that the operator tries again by itself: a plugin that starts again, a Role that the plugin has made and does not see yet
#: (plugin-barman-cloud 0.14 reads through a cache), an instance whose host was lost.
HEALING = frozenset({PLUGIN_UNKNOWN, PLUGIN_FAILS, UNREACHED})
#: For how long, in seconds; the operator comes back after 10.
HEALS = 60.0
