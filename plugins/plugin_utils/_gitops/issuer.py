# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The issuer of a site that has an ACME server of its own; those of Let's Encrypt come with the solver for their DNS."""

from __future__ import annotations

from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.workload import AFTER_CHART

NAME = "own"


def issuer_objects(target: Target) -> list[dict[str, Any]]:
    """The ClusterIssuer ``own``, where the environment uses it. It proves names over HTTP, through Traefik."""
    tls = target.loaded.matrix.tls
    if tls is None or tls.own is None or target.facts("cert-manager").get("issuer") != NAME:
        return []
    acme = {
        "server": tls.own.server,
        "email": tls.email,
        **({"caBundle": tls.own.ca_bundle} if tls.own.ca_bundle else {}),
        "privateKeySecretRef": {"name": f"{NAME}-account"},
        "solvers": [{"http01": {"ingress": {"ingressClassName": "traefik"}}}],
    }
    metadata = {"name": NAME, "annotations": AFTER_CHART}
    return [{"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": metadata, "spec": {"acme": acme}}]
