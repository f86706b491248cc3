# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The issuer of a site that has an ACME server of its own; those of Let's Encrypt come with the solver for their DNS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Flow
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.databases import Tenant
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import Spec
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.workload import AFTER_CHART

NAME = "own"
ISSUES, ENTRY = "cert-manager", "traefik"
#: Where a pod listens that cert-manager makes to answer the authority, beside the Ingress.
SOLVER = "8089/tcp"


def issuer_objects(target: Target) -> list[dict[str, Any]]:
    """The ClusterIssuer ``own``, where the environment uses it. It proves names over HTTP, through Traefik."""
    tls = target.loaded.matrix.tls
    if tls is None or tls.own is None or not _is_used(target):
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


def issuer_tenants(target: Target, specs: Sequence[Spec]) -> list[Tenant]:
    """The traffic of a proof over HTTP in the namespace of ``specs``: cert-manager's, and that of the pods that answer beside an Ingress."""
    tls = target.loaded.matrix.tls
    if tls is None or tls.own is None or not _is_used(target):
        return []
    flows = []
    if any(spec.component == ISSUES for spec in specs):
        port = urlsplit(tls.own.server).port or 443
        flows += [
            {"to": "outside", "ports": [f"{port}/tcp", "80/tcp"], "why": "the site's ACME server, and what it will be answered, tried first"},
            # The address of the entry is turned into that of one of its pods before policies are asked.
            {"to": ENTRY, "ports": ["8000/tcp", "8443/tcp"], "why": "what the ACME server will be answered, tried first"},
        ]
    if any(parameter.fact == "issuer" for spec in specs for parameter in spec.parameters):
        flows.append({"from": ENTRY, "ports": [SOLVER], "why": "the ACME server's question comes through the entry"})
    return [Tenant("acme", tuple(Flow.model_validate(flow) for flow in flows))] if flows else []


def _is_used(target: Target) -> bool:
    return target.facts(ISSUES).get("issuer") == NAME
