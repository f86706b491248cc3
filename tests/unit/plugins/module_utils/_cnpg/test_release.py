# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator's version forbids, and what it is warned of."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import release
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import bring, document
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object, Refused

from tests.unit.plugins.module_utils._cnpg.api_double import IMAGE, Api, session_of

PLUGINS = [{"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "store"}}]
SPEC: Object = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}, "plugins": PLUGINS}


def operator(image: str, namespace: str = "cnpg-system") -> Object:
    """Its Deployment."""
    pod = {"spec": {"containers": [{"name": "manager", "image": image}]}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "manager", "namespace": namespace}, "spec": {"template": pod}}


@pytest.mark.parametrize(
    ("images", "found"),
    [
        (["ghcr.io/cloudnative-pg/cloudnative-pg:1.30.1"], [(1, 30, 1)]),
        (["registry.example.org:5000/mirror/cloudnative-pg:v1.25.10@sha256:abc"], [(1, 25, 10)]),
        (["ghcr.io/cloudnative-pg/cloudnative-pg@sha256:abc"], []),
        (["ghcr.io/cloudnative-pg/cloudnative-pg:main"], []),
        (["ghcr.io/cloudnative-pg/plugin-barman-cloud:1.2.3"], []),
        (["x/cloudnative-pg:1.30.1", "x/cloudnative-pg:1.25.0"], [(1, 30, 1), (1, 25, 0)]),
    ],
)
def test_versions(images: list[str], found: list[tuple[int, ...]]) -> None:
    """From the tag, nothing else."""
    assert release.versions([operator(image) for image in images]) == found


@pytest.mark.parametrize(
    ("version", "plugins", "refused", "warned"),
    [
        (None, PLUGINS, False, ()),
        ((1, 25, 9), PLUGINS, True, ("GHSA-7qwx", "CVE-2026-55769")),
        ((1, 25, 9), [], False, ("GHSA-7qwx", "CVE-2026-55769")),
        ((1, 25, 9), [{**PLUGINS[0], "enabled": False}], False, ("GHSA-7qwx", "CVE-2026-55769")),
        ((1, 26, 0), PLUGINS, False, ("1.27 or newer", "GHSA-7qwx", "CVE-2026-55769")),
        ((1, 27, 9), PLUGINS, False, ("GHSA-7qwx", "CVE-2026-55769")),
        ((1, 28, 3), PLUGINS, False, ("GHSA-7qwx", "CVE-2026-55769")),
        ((1, 28, 4), PLUGINS, False, ("GHSA-7qwx",)),
        ((1, 29, 1), PLUGINS, False, ("GHSA-7qwx", "CVE-2026-55769")),
        ((1, 29, 2), PLUGINS, False, ("GHSA-7qwx",)),
        ((1, 30, 0), PLUGINS, False, ()),
        ((2, 0, 0), PLUGINS, False, ()),
    ],
)
def test_what_a_version_means(version: tuple[int, ...] | None, plugins: list[Object], refused: bool, warned: t.Sequence[str]) -> None:
    """Sources: platform facts, 3c.9 to 3c.11."""
    assert bool(list(release.problems(version, {"plugins": plugins}))) is refused
    found = list(release.warnings(version, {"plugins": plugins}))
    assert len(found) == len(warned)
    assert all(words in warning for words, warning in zip(warned, found, strict=True))


def test_the_oldest_of_several_operators_counts_and_nothing_is_applied() -> None:
    """One of them may be the one that looks after this namespace."""
    api = Api()
    session, _clock, _told = session_of(api, stable=0.0)
    api.apply(operator("x/cloudnative-pg:1.30.1"), "test")
    api.apply(operator("x/cloudnative-pg:1.25.3", "old"), "test")
    with pytest.raises(Refused, match=r"CloudNativePG 1\.25\.3 does not know"):
        bring(session, document(session, SPEC), Effect.DOWNTIME)
    assert session.cluster() is None
    assert bring(session, document(session, {**SPEC, "plugins": []}), Effect.DOWNTIME).changed
    assert [("GHSA-7qwx" in warning, "CVE" in warning) for warning in session.warnings] == [(True, False), (False, True)]


def test_who_may_not_look_is_not_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account of one namespace only."""
    api = Api()
    session, _clock, _told = session_of(api, stable=0.0)
    objects = api.objects

    def forbidden(api_version: str, kind: str, namespace: str = "", selector: str = "") -> list[Object]:
        if kind == "Deployment":
            raise KubeError("deployments", "forbidden", 403, "Forbidden")
        return objects(api_version, kind, namespace, selector)

    monkeypatch.setattr(api, "objects", forbidden)
    assert release.installed(api) is None
    assert bring(session, document(session, SPEC), Effect.DOWNTIME).changed
