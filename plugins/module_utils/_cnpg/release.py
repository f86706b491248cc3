# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own version, and what a definition must not ask of it.

Sources: plugin-barman-cloud web/docs/installation.mdx (1.26 or newer), cloudnative-pg docs/src/release_notes (GHSA-7qwx, CVE-2026-55769, CVE-2026-55765).
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Api
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at

Version = tuple[int, ...]

#: Label of the Deployment, in the vendor's manifest and in its chart.
SELECTOR = "app.kubernetes.io/name=cloudnative-pg"
TAG = re.compile(r"/cloudnative-pg:v?([0-9]+)\.([0-9]+)\.([0-9]+)(?![0-9])")
PLUGIN_FROM, PLUGIN_SETTLED = (1, 26), (1, 27)
CLOSED_PORT = (1, 30)
#: The first release of each series without the two holes; series before them never got one.
MENDED: dict[Version, Version] = {(1, 28): (1, 28, 4), (1, 29): (1, 29, 2)}


def installed(api: Api) -> Version | None:
    """The oldest operator in the Kubernetes cluster; None where nobody may look, or none says its version."""
    try:
        found = versions(api.objects("apps/v1", "Deployment", selector=SELECTOR))
    except KubeError:
        return None
    return min(found, default=None)


def versions(deployments: t.Iterable[Object]) -> list[Version]:
    """By the tags of the images (pure)."""
    images = [str(container.get("image")) for one in deployments for container in at(one, "spec", "template", "spec", "containers") or []]
    return [tuple(map(int, match.groups())) for match in map(TAG.search, images) if match]


def problems(version: Version | None, spec: Object) -> t.Iterator[Problem]:
    """What this operator cannot do (pure)."""
    if version and _archives(spec) and version < PLUGIN_FROM:
        reason = f"CloudNativePG {told(version)} does not know the Barman plugin well enough: it would archive nothing"
        yield Problem("spec.plugins", reason, "upgrade the operator to 1.26 or newer first, better to 1.30")


def warnings(version: Version | None, spec: Object) -> t.Iterator[str]:
    """What this operator does badly (pure)."""
    if version is None:
        return
    if _archives(spec) and PLUGIN_FROM <= version < PLUGIN_SETTLED:
        yield f"CloudNativePG {told(version)} is the first with the Barman plugin: 1.27 or newer is better"
    if version < CLOSED_PORT:
        remedy = "close it by a network policy, or upgrade to 1.30"
        yield f"CloudNativePG {told(version)} answers anybody on port 8000 of its instances (GHSA-7qwx): {remedy}"
    if version < MENDED.get(version[:2], CLOSED_PORT):
        yield f"CloudNativePG {told(version)} has CVE-2026-55769 and CVE-2026-55765: upgrade to 1.30.0, 1.29.2 or 1.28.4"


def told(version: Version) -> str:
    """As people write it."""
    return ".".join(map(str, version))


def _archives(spec: Object) -> bool:
    return any(plugin.get("name") == PLUGIN and plugin.get("enabled", True) for plugin in spec.get("plugins") or [])
