# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From K3s settings to the environment's part of config.yaml (docs.k3s.io/cli/server)."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_cluster import K3s
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import K3sSettings, Machine

CLUSTER_CIDR = IPv4Network("10.42.0.0/16")
SERVICE_CIDR = IPv4Network("10.43.0.0/16")
CLUSTER_DNS_INDEX = 10


def derive_k3s(site: K3s, environment: K3s | None, servers: Sequence[Machine], vip: str | None) -> K3sSettings:
    """What every server of an environment must be told, equal on all of them.

    K3s compares these values with the running cluster and refuses a server that differs (K3s source, bootstrap.go,
    compareConfig), so they are complete here even where they equal K3s's defaults.
    """
    settings = site.overlaid(environment)
    service_cidr = settings.service_cidr or SERVICE_CIDR
    own_cni = settings.cni == "flannel"
    config: dict[str, object] = {
        "cluster-cidr": str(settings.cluster_cidr or CLUSTER_CIDR),
        "service-cidr": str(service_cidr),
        "cluster-dns": str(service_cidr[CLUSTER_DNS_INDEX]),
        "cluster-domain": settings.cluster_domain,
        "flannel-backend": settings.flannel_backend if own_cni else "none",
        "disable-network-policy": not own_cni,
        "disable": list(settings.disable),
        "secrets-encryption": settings.secrets_encryption,
        "tls-san": [name for server in servers for name in (server.name, server.fqdn, server.address)] + ([vip] if vip else []),
        "write-kubeconfig-mode": "0600",
    }
    return K3sSettings(settings.version or "", settings.cni, config, tuple(settings.privileged_namespaces))
