# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file of the catalogue is sound, and what one entry says of another holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._readiness import look
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import LAYERS, Entry, Kubernetes
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.platform_facts import KNOWN
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules_versions import EXACT
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion import cluster

CATALOGUE = Catalogue()
PARTIES = {"api", "nodes", "outside", "pods", "self", *CATALOGUE.names}
every_entry = pytest.mark.parametrize("name", CATALOGUE.names)


def ways_of_installing(entry: Entry) -> int:
    return sum(way is not None for way in (entry.chart, entry.manifest, entry.workload))


@every_entry
def test_a_pinned_version_is_exact_known_and_installable(name: str) -> None:
    entry = CATALOGUE[name]
    assert all(EXACT.fullmatch(version) for version in entry.releases)
    assert entry.version is None or entry.version in entry.releases
    assert ways_of_installing(entry) == 1 or (ways_of_installing(entry) == 0 and not entry.releases)


@every_entry
def test_what_an_entry_names_exists(name: str) -> None:
    entry = CATALOGUE[name]
    assert set(entry.requires) <= set(CATALOGUE.names)
    assert entry.successor is None or entry.successor in CATALOGUE.names
    assert {parameter.fact for parameter in entry.parameters} <= KNOWN.keys()
    assert all((flow.source is None) != (flow.target is None) for flow in entry.flows)
    assert {flow.source or flow.target for flow in entry.flows} <= PARTIES


@every_entry
def test_nothing_needs_a_later_wave(name: str) -> None:
    entry = CATALOGUE[name]
    assert all(CATALOGUE.wave(required) < CATALOGUE.wave(name) for required in entry.requires)
    assert CATALOGUE.wave(name) // 10 == LAYERS.index(entry.layer)


@every_entry
def test_removal_and_readiness_are_said(name: str) -> None:
    entry = CATALOGUE[name]
    assert entry.removal.endswith(".")
    assert entry.ready.proof
    assert entry.ready.workloads or entry.ready.dry_run or entry.crds or entry.version


@every_entry
def test_a_patch_names_what_the_vendors_files_have(name: str) -> None:
    """Kustomize compares name and namespace before it gives a namespace to objects without one."""
    entry = CATALOGUE[name]
    if entry.manifest and entry.manifest.without_namespace:
        assert [patch["metadata"] for patch in entry.patches if "namespace" in patch["metadata"]] == []


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        CATALOGUE["cert-manger"]


@pytest.mark.parametrize(
    ("first", "last", "line", "fits"),
    [
        (None, None, "1.35", True),
        ("1.33", "1.36", "1.33", True),
        ("1.33", "1.36", "1.36", True),
        ("1.33", "1.36", "1.37", False),
        ("1.36", None, "1.35", False),
        (None, "1.9", "1.10", False),
    ],
)
def test_kubernetes_ranges_count_minors_as_numbers(first: str | None, last: str | None, line: str, fits: bool) -> None:
    assert Kubernetes(first=first, last=last).fits(line) is fits


def test_what_is_asked_through_the_api_server_lets_it_in() -> None:
    """Gate G3 asks Prometheus, the proof of alerts Alertmanager."""
    let_in = {port for flow in Catalogue()["kube-prometheus-stack"].flows if flow.source == "api" for port in flow.ports}
    sources = [Path(str(module.__file__)).read_text() for module in (cluster, look)]
    asked = {f"{port}/tcp" for text in sources for port in re.findall(r":([0-9]+)/proxy", text)}
    assert asked == {"9090/tcp", "9093/tcp"}
    assert asked <= let_in


def test_argo_cd_writes_down_which_object_is_not_well() -> None:
    """It does not by itself since 3.0; reasons of promotions name objects."""
    settings = [patch for patch in Catalogue()["argocd"].patches if patch["metadata"]["name"] == "argocd-cmd-params-cm"]
    assert [patch["data"]["controller.resource.health.persist"] for patch in settings] == ["true"]
