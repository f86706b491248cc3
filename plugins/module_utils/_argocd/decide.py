# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who owns Argo CD in a cluster, and what follows from it (pure).

The bootstrap owns it until Argo CD has applied itself from Git; then the bootstrap gives up all that it owned. So nothing has two
owners for longer than one run, and no run takes back what Argo CD runs by itself.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Object

BOOTSTRAP = "groundwork-bootstrap"
#: The field manager of Argo CD itself.
ARGO_CD = "argocd-controller"
SELF = "argocd"
ROOT = "platform"
NAMESPACE = "argocd"
SERVER = "argocd-server"
#: Without one of these Argo CD cannot mend itself.
VITAL = ("StatefulSet/argocd-application-controller", "Deployment/argocd-repo-server", "Deployment/argocd-redis")
INSTALL, ADOPT, CONTINUE, REPAIR, RELEASE, KEEP, REFUSE = "install", "adopt", "continue", "repair", "release", "keep", "refuse"


@dataclass(frozen=True)
class Observed:
    """Deployments named argocd-server in all namespaces, the Applications, and which vital workloads are missing."""

    servers: tuple[Object, ...] = ()
    applications: tuple[Object, ...] = ()
    missing: tuple[str, ...] = VITAL
    bootstrap_owns: bool = False


@dataclass(frozen=True)
class Decision:
    """What to do, and why not."""

    action: str
    version: str = ""
    problems: tuple[str, ...] = ()


def decide(seen: Observed, version: str, ours: t.Collection[str]) -> Decision:
    """``version`` is the release that the tree names, ``ours`` the Applications that it has."""
    here = next((server for server in seen.servers if server["metadata"].get("namespace") == NAMESPACE), None)
    running = version_of(here) if here else ""
    problems = [*_elsewhere(seen), *_rivals(seen, ours)]
    own = next((app for app in seen.applications if app["metadata"]["name"] == SELF), None)
    has_root = any(app["metadata"]["name"] == ROOT for app in seen.applications)
    if here and not has_root and not seen.bootstrap_owns and _parts(running) > _parts(version):
        problems.append(f"Argo CD {running} runs here and the tree names {version}, which is older; name its release in the matrix, and render")
    if problems:
        return Decision(REFUSE, running, tuple(problems))
    if here is None:
        return Decision(INSTALL)
    if seen.missing:
        return Decision(REPAIR, running)
    if seen.bootstrap_owns:
        return Decision(RELEASE if own and has_root and settled(own) else CONTINUE, running)
    return Decision(KEEP if has_root else ADOPT, running)


def settled(application: Object) -> bool:
    """Whether Argo CD has brought an Application to what Git says, and it is healthy."""
    status = application.get("status", {})
    phase = status.get("operationState", {}).get("phase", "Succeeded")
    return bool(status.get("sync", {}).get("status") == "Synced" and status.get("health", {}).get("status") == "Healthy" and phase == "Succeeded")


def owns(document: Object, manager: str) -> bool:
    """Whether a manager has applied fields of an object."""
    return any(entry.get("manager") == manager and entry.get("operation") == "Apply" for entry in document["metadata"].get("managedFields") or [])


def may_be_released(document: Object | None) -> bool:
    """Whether the bootstrap owns something of an object that Argo CD has applied as well: giving it up then loses nothing."""
    return document is not None and owns(document, BOOTSTRAP) and owns(document, ARGO_CD)


def version_of(server: Object) -> str:
    """The release by the tag of its image; empty where there is none."""
    containers = server.get("spec", {}).get("template", {}).get("spec", {}).get("containers") or [{}]
    found = re.search(r":(v[0-9][^@]*)", str(containers[0].get("image", "")).rpartition("/")[2])
    return found[1] if found else ""


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _elsewhere(seen: Observed) -> t.Iterator[str]:
    for server in seen.servers:
        namespace = server["metadata"].get("namespace")
        if namespace != NAMESPACE:
            yield f"another Argo CD runs in namespace {namespace}; two would both own the cluster. Remove it, keeping its Applications' objects, and repeat"


def _rivals(seen: Observed, ours: t.Collection[str]) -> t.Iterator[str]:
    """Applications that are not of the tree and own Argo CD, or Applications of the tree."""
    names = {ROOT, *ours}
    for app in seen.applications:
        name = app["metadata"]["name"]
        if name in names:
            continue
        resources = app.get("status", {}).get("resources") or []
        owned = sorted({str(r.get("name")) for r in resources if (r.get("kind") == "Application" and r.get("name") in names) or r.get("name") == SERVER})
        if owned:
            yield (
                f"Application {name} owns {', '.join(owned)}, which the tree has, too: Argo CD would change them back and forth. "
                f"Remove {name} and keep what it made: kubectl --namespace {NAMESPACE} patch application {name} --type merge "
                f'--patch \'{{"metadata":{{"finalizers":null}}}}\', then delete it'
            )
