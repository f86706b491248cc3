# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects beside a cluster from the options of their modules; the environment matrix uses the same functions (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object

#: boto3 from 1.36 on sends checksums that many S3 servers refuse.
WHEN_REQUIRED = [
    {"name": "AWS_REQUEST_CHECKSUM_CALCULATION", "value": "when_required"},
    {"name": "AWS_RESPONSE_CHECKSUM_VALIDATION", "value": "when_required"},
]


def object_store_spec(params: t.Mapping[str, t.Any]) -> Object:
    """Where backups go: destination, endpoint, credentials, ca_secret, retention, compatible, spec."""
    configuration: Object = {"destinationPath": params["destination"], "wal": {"compression": "gzip"}, "data": {"compression": "gzip"}}
    if params["endpoint"]:
        configuration["endpointURL"] = params["endpoint"]
    if params["credentials"]:
        keys = {"accessKeyId": "ACCESS_KEY_ID", "secretAccessKey": "SECRET_ACCESS_KEY"}
        configuration["s3Credentials"] = {field: {"name": params["credentials"], "key": key} for field, key in keys.items()}
    if params["ca_secret"]:
        configuration["endpointCA"] = {"name": params["ca_secret"], "key": "ca.crt"}
    spec: Object = {"configuration": configuration}
    if params["retention"]:
        spec["retentionPolicy"] = params["retention"]
    if params["compatible"]:
        spec["instanceSidecarConfiguration"] = {"env": WHEN_REQUIRED}
    return t.cast(Object, overlaid(spec, params.get("spec") or {}))


def scheduled_backup_spec(params: t.Mapping[str, t.Any]) -> Object:
    """When base backups are taken: cluster, schedule, schedule_format, target, immediate, suspend."""
    schedule = str(params["schedule"])
    return {
        "cluster": {"name": params["cluster"]},
        "schedule": f"0 {schedule}" if params["schedule_format"] == "cron5" and len(schedule.split()) == 5 else schedule,
        "method": "plugin",
        "pluginConfiguration": {"name": PLUGIN},
        "backupOwnerReference": "cluster",
        "target": params["target"],
        "immediate": params["immediate"],
        "suspend": params["suspend"],
    }
