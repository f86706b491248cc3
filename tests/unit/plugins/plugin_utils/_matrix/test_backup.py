# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the matrix's backup part to variables: what an environment says itself, its own folder, secrets as templates only."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import S3, Backup, Row
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import parse_duration
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.variables_backup import snapshot_variables

from tests.unit.plugins.plugin_utils._matrix.test_derive import base, site_of


def test_an_environment_changes_what_it_says_and_has_a_folder_of_its_own() -> None:
    data = base()
    data["environments"]["live"]["backup"] = {"schedule": {"etcd": {"rpo": "1d", "at": "0 0 * * *"}}}
    site = site_of(data)
    lab, live = site.environments["lab"].backup, site.environments["live"].backup
    assert (lab.schedule["etcd"].rpo, live.schedule["etcd"].rpo) == (6 * 3600, 86400)
    assert live.schedule["etcd"].bucket == "snapshots"
    assert lab.s3 is not None
    assert live.s3 is not None
    assert (lab.s3.folder, live.s3.folder) == ("lab", "live")


def test_keys_are_templates() -> None:
    found = snapshot_variables(["age1x"], Backup(s3=S3(endpoint="s3.example.org", account="store"), schedule={"etcd": Row(bucket="snapshots")}))
    assert "'store/secret-key'" in found["k3s_snapshot_s3_secret_key"]
    assert found["k3s_snapshot_s3"] == {"endpoint": "s3.example.org", "bucket": "snapshots", "folder": "{env}", "region": "us-east-1", "ca_file": None}
    assert found["k3s_snapshot_recipients"] == ["age1x"]


def test_without_a_bucket_snapshots_stay_local() -> None:
    found = snapshot_variables([], Backup(s3=S3(endpoint="s3.example.org")))
    assert found["k3s_snapshot_s3"] is None
    assert found["k3s_snapshot_s3_access_key"] == ""


def test_no_escrow_when_it_is_not_wanted() -> None:
    assert snapshot_variables(["age1x"], Backup(escrow=False))["k3s_snapshot_recipients"] == []


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("4h", 14400), ("1d", 86400)])
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "4", "h", "0h", "-1h", "4 h", "1w", 4, None])
def test_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="no duration"):
        parse_duration(text)
