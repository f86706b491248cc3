# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network policies: a namespace lets nothing in or out but DNS, and what the flows of its components say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Flow
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.databases import Tenant
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import Spec
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target

ANYWHERE = "0.0.0.0/0"
#: Kubernetes makes it; it has neither a Namespace nor policies of ours.
SYSTEM = "kube-system"
NAME = "kubernetes.io/metadata.name"


def namespace_policies(namespace: str, specs: Sequence[Spec | Tenant], target: Target, namespaces: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Everything for one namespace in one piece, so that it is never closed without being open where it has to be.

    ``specs`` are its components, ``namespaces`` those of all components of the environment.
    """
    yield _policy("default-deny", namespace, {"policyTypes": ["Ingress", "Egress"]})
    dns = {"to": [_namespace(SYSTEM)], "ports": [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]}
    yield _policy("allow-dns", namespace, {"policyTypes": ["Egress"], "egress": [dns]})
    for spec in specs:
        rules = {"ingress": [_rule("from", flow.source, flow, target, namespaces) for flow in spec.flows if flow.source]}
        rules["egress"] = [_rule("to", flow.target, flow, target, namespaces) for flow in spec.flows if flow.target]
        kept = {direction: [rule for rule in found if rule] for direction, found in rules.items() if any(found)}
        if kept:
            yield _policy(spec.component, namespace, {"policyTypes": [direction.capitalize() for direction in kept], **kept})


def _rule(direction: str, party: str, flow: Flow, target: Target, namespaces: Mapping[str, str]) -> dict[str, Any] | None:
    """None for a component that does not run here."""
    peers = _peers(direction, party, target, namespaces)
    if peers is None:
        return None
    return {direction: peers, **({"ports": [_port(port) for port in flow.ports]} if flow.ports else {})}


def _peers(direction: str, party: str, target: Target, namespaces: Mapping[str, str]) -> list[dict[str, Any]] | None:
    inbound = direction == "from"
    if party in ("api", "nodes"):
        machines = target.servers if party == "api" else target.nodes
        # From another node they come with the pod network's own address of that node, which is one of the pods' range.
        return _blocks([f"{address}/32" for address in machines] + ([target.cluster_cidr] if inbound else []))
    if party == "outside":
        return [{"ipBlock": {"cidr": ANYWHERE, **({} if inbound else {"except": [target.cluster_cidr]})}}]
    if party == "pods":
        return [{"namespaceSelector": {}}]
    if party == "self":
        return [{"podSelector": {}}]
    return [_namespace(namespaces[party])] if party in namespaces else None


def _blocks(networks: Sequence[str]) -> list[dict[str, Any]]:
    return [{"ipBlock": {"cidr": network}} for network in networks]


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {NAME: name}}}


def _port(text: str) -> dict[str, Any]:
    """10000-30000/tcp as Kubernetes writes it."""
    numbers, _slash, protocol = text.partition("/")
    first, _dash, last = numbers.partition("-")
    return {"protocol": protocol.upper(), "port": int(first), **({"endPort": int(last)} if last else {})}


def _policy(name: str, namespace: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {"podSelector": {}, **spec}}
