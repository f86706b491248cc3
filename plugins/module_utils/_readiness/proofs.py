# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proofs that more than objects give: what is served over TLS, who received an alert, and whether a volume keeps what is written (pure part)."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Object
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.model import FAILED, READY, UNPROVEN, WAITING, Verdict

NAMESPACE = "groundwork-volume"
WATCHDOG = "Watchdog"
COUNTER = re.compile(r"^alertmanager_notifications(_failed)?_total\{([^}]*)\}\s+([0-9.e+]+)$", re.MULTILINE)
INTEGRATION = re.compile(r'integration="([^"]+)"')


@dataclass(frozen=True)
class Served:
    """What one name is served with: the issuer's name, and what is wrong with the chain ("" = trusted and made for the name)."""

    host: str
    issuer: str = ""
    error: str = ""
    answered: bool = True


def hosts_of(ingresses: t.Iterable[Object]) -> list[str]:
    """Names that Ingresses want to be served over TLS; a wildcard is not a name that one can ask for."""
    names = {str(host) for found in ingresses for entry in found.get("spec", {}).get("tls") or [] for host in entry.get("hosts") or []}
    return sorted(name for name in names if not name.startswith("*"))


def certificates(served: t.Sequence[Served], trusted: bool) -> Verdict:
    """Chains of all names. Where the site's issuer is one that nobody trusts on purpose, only people can say that it is the right one."""
    check = "certificates"
    if not served:
        return Verdict(check, UNPROVEN, "no Ingress asks for TLS yet")
    silent = [f"{item.host}: {item.error}" for item in served if not item.answered]
    if silent:
        return Verdict(check, WAITING, "; ".join(silent))
    wrong = [f"{item.host}: {item.error} (issued by {item.issuer or 'nobody known'})" for item in served if item.error]
    if wrong:
        return Verdict(check, FAILED if trusted else UNPROVEN, "; ".join(wrong))
    return Verdict(check, READY, f"{len(served)} names with a trusted chain, issued by {', '.join(sorted({item.issuer for item in served}))}")


def alerts(active: t.Any, metrics: str) -> Verdict:
    """The Watchdog fires, and somebody outside has accepted notifications: those that were sent less those that failed."""
    check = "alerts"
    names = {str(alert.get("labels", {}).get("alertname")) for alert in active if isinstance(alert, dict)} if isinstance(active, list) else set()
    if WATCHDOG not in names:
        return Verdict(check, WAITING, f"Alertmanager has no alert {WATCHDOG}, which fires always: Prometheus does not reach it")
    accepted: dict[str, float] = {}
    for failed, labels, value in COUNTER.findall(metrics):
        name = INTEGRATION.search(labels)
        if name:
            accepted[name[1]] = accepted.get(name[1], 0.0) + (-float(value) if failed else float(value))
    heard = {name: int(number) for name, number in sorted(accepted.items()) if number > 0}
    if not heard:
        return Verdict(check, WAITING, "no receiver outside has accepted an alert yet; name one in the Alertmanager's configuration")
    return Verdict(check, READY, ", ".join(f"{name} accepted {number}" for name, number in heard.items()))


def volume_objects(storage_class: str) -> tuple[Object, Object]:
    """Namespace and claim of the volume's proof."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
    spec = {"storageClassName": storage_class, "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "64Mi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "proof", "namespace": NAMESPACE}, "spec": spec}
    return namespace, claim


def volume_pod(name: str, command: str, image: str, not_on: str = "") -> Object:
    """A pod that runs one command on the volume; ``not_on`` keeps it off the node that wrote."""
    away = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "NotIn", "values": [not_on]}]}]
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": away}}}
    container = {
        "name": "proof",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", command],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec: Object = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "fsGroup": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "proof"}}],
        **({"affinity": affinity} if not_on else {}),
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}


def volume(written: str, read: str, elsewhere: bool) -> Verdict:
    """What the two pods came to: the phase of each."""
    if written != "Succeeded":
        return Verdict("volume", FAILED, f"a pod could not write to a new volume ({written or 'it never ran'})")
    if read != "Succeeded":
        return Verdict("volume", FAILED, f"what one pod wrote another could not read {'on another node ' if elsewhere else ''}({read or 'it never ran'})")
    return Verdict("volume", READY, f"written, and read {'on another node' if elsewhere else 'by another pod'}")
