# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts with which K3s says that S3 does not have a snapshot, told apart."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.s3_refusal import refusal

SAVED = 'level=info msg="Snapshot on-demand-node-1-1795250000 saved."\n'
FAILED = 'level=fatal msg="Error: see server log for details: failed to initialize S3 client: '


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (FAILED + 'bucket nothing does not exist"', "the bucket does not exist"),
        (FAILED + 'failed to test for existence of bucket etcd: Access Denied."', "refuses the account or its keys"),
        (
            FAILED + 'failed to test for existence of bucket etcd: Get \\"https://s3/\\": dial tcp 192.0.2.1:9000: connect: connection refused"',
            "does not answer",
        ),
        (FAILED + 'failed to test for existence of bucket etcd: x509: certificate signed by unknown authority"', "certificate is not trusted"),
        (SAVED, "see 'journalctl -u k3s'"),
    ],
)
def test_causes(said: str, meaning: str) -> None:
    assert meaning in refusal(said)


def test_stored_twice_is_fine() -> None:
    assert refusal(SAVED + SAVED) == ""


def test_a_full_disk_is_no_matter_of_s3() -> None:
    assert refusal('level=info msg="nothing of the kind"') == ""
