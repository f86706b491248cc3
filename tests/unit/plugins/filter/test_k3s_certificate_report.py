# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When certificates end: those of hosts and that of a kubeconfig."""

from __future__ import annotations

import base64
import time

import yaml
from ansible_collections.groundwork.platform.plugins.filter.k3s_certificate_report import FilterModule

from tests.support.authorities import CA

FILTERS = FilterModule().filters()
REPORT, CERTIFICATES = FILTERS["k3s_certificate_report"], FILTERS["kubeconfig_certificates"]


def kubeconfig(data: str) -> str:
    return yaml.safe_dump(
        {
            "contexts": [{"name": "dev", "context": {"user": "dev-admin", "cluster": "dev"}}],
            "users": [{"name": "dev-admin", "user": {"client-certificate-data": data}}],
        }
    )


def test_the_kubeconfig_is_a_place_like_others() -> None:
    text = kubeconfig(base64.b64encode(CA.root("admin").chain).decode())
    (found,) = CERTIFICATES(text, "dev")
    assert found["subject"] == "CN=admin"
    report = REPORT({"~/.kube/config": [found], "node-1": [dict(found, path="/x", not_after=time.time() - 86400)]})
    assert report["first"]["~/.kube/config"].startswith("context dev ends in 36")
    assert report["problems"] == ("node-1: /x (CN=admin) ended 1 days ago",)


def test_no_certificate_to_be_found() -> None:
    for text in ("", "{}", kubeconfig("!"), kubeconfig("eA==")):
        assert CERTIFICATES(text, "dev") == []
    assert CERTIFICATES(kubeconfig("eA=="), "other") == []
