# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What GW904, GW915 and GW916 look at beyond their fixtures."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules_gitops import is_certificate, server_of

from tests.unit.plugins.plugin_utils._gitops.sites import changed, load

OWN = {"server": "https://acme.example.org/directory"}


def without(data: dict[str, Any], component: str) -> dict[str, Any]:
    data["components"] = {name: part for name, part in data["components"].items() if name != component}
    return data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (changed(tls={"own": OWN}), "no environment uses the issuer own"),
        (changed(tls={"issuer": "own"}), "dev uses the issuer own"),
        (changed(tls={"issuer": "own", "own": {**OWN, "ca_bundle": "bm8gUEVN"}}), "ca_bundle is no certificate"),
        (changed(tls={"issuer": "own", "own": {**OWN, "root": "A"}}), "root is no certificate"),
        (without(changed(tls={"issuer": "own", "own": OWN}), "traefik"), "no traefik could answer"),
        (without(changed(), "cert-manager-webhook-ionos"), "nothing makes the issuer letsencrypt-prod"),
    ],
)
def test_an_issuer_that_nobody_is(data: dict[str, Any], words: str) -> None:
    with pytest.raises(MatrixProblems) as caught:
        load(data)
    found = [problem for problem in caught.value.problems if problem.code == "GW915"]
    assert words in " ".join(str(problem) for problem in found)


@pytest.mark.parametrize(
    ("components", "words"),
    [
        ({"cert-manager": {"version": "v1.16.2"}}, "ended on 2025-06-10; choose v1.21.1"),
        ({"promtail": {}}, "ended on 2026-03-02; use alloy"),
    ],
)
def test_a_component_whose_support_has_ended(components: dict[str, Any], words: str) -> None:
    with pytest.raises(MatrixProblems) as caught:
        load(changed(components=components))
    assert words in " ".join(str(problem).replace("\n", " ") for problem in caught.value.problems if problem.code == "GW904")


def test_the_sites_own_authority_needs_no_solver_of_others() -> None:
    loaded = load(without(changed(tls={"issuer": "own", "own": OWN}), "cert-manager-webhook-ionos"))
    assert not [problem for problem in loaded.warnings if "webhook" in problem.message]


@pytest.mark.parametrize(
    ("repository", "server"),
    [
        ("git@git.example.org:ops/clusters.git", ("git.example.org", "")),
        ("ssh://git@git.example.org/ops/clusters.git", ("git.example.org", "")),
        ("ssh://git@git.example.org:2222/ops/clusters.git", ("git.example.org", "2222")),
    ],
)
def test_where_a_repository_is(repository: str, server: tuple[str, str]) -> None:
    assert server_of(repository) == server


def test_a_certificate_in_base64() -> None:
    assert is_certificate("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==")
    assert not is_certificate("bm8gUEVN")
    assert not is_certificate("A")
