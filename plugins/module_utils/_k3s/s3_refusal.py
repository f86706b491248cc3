# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a snapshot did not reach S3, out of what ``k3s etcd-snapshot save`` says (pure).

Sources: k3s-contract 5 (a snapshot that is stored twice is announced twice), K3s ``pkg/etcd/s3/s3.go``, texts of minio-go and of Go's net and x509.
"""

from __future__ import annotations

import re

#: What is looked for in the text, and what it means with its remedy. The first that is found counts.
CAUSES = (
    (
        r"bucket \S+ does not exist|NoSuchBucket",
        "the bucket does not exist, or the account may not see it: create it, or correct backup.s3.bucket or the access key.",
    ),
    (
        r"AccessDenied|Access Denied|InvalidAccessKeyId|Access Key I[dD]|SignatureDoesNotMatch|signature we calculated|403 Forbidden",
        "the server refuses the account or its keys: correct them in the secrets file, then run site.yml --tags k3s.",
    ),
    (r"x509:|certificate signed by|tls: failed to verify", "the server's certificate is not trusted: correct backup.s3.ca_file."),
    (
        r"connection refused|no route to host|no such host|i/o timeout|deadline exceeded|network is unreachable|connection reset|EOF",
        "the server does not answer: is it up, and does a firewall let the servers through?",
    ),
)
_SAVED = re.compile(r"Snapshot \S+ saved")


def refusal(said: str) -> str:
    """The reason and its remedy; empty when the snapshot was stored in both places, or when it is no matter of S3."""
    saved = len(_SAVED.findall(said))
    if saved >= 2:
        return ""
    if saved == 0 and "S3" not in said and "bucket" not in said:
        return ""
    return next((meaning for pattern, meaning in CAUSES if re.search(pattern, said)), "see 'journalctl -u k3s' on the server for the reason.")
