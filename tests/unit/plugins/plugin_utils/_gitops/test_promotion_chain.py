# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit of base cannot reach a later environment; only a moved lock can."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeRefused
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._gitops.sites import ENVIRONMENTS, FIRST, SITE, after, changed, locked, of_environment, promoted, rendered

LATER = ENVIRONMENTS[1:]
CHARTS = ("metallb", "traefik", "cert-manager", "longhorn", "sops-secrets-operator")
VALUES = st.dictionaries(st.sampled_from(["replicas", "extra", "resources"]), st.one_of(st.integers(0, 9), st.text("abc", max_size=5)), max_size=2)
PATCH = "kubernetes/base/argocd/patches/more.yaml"


@st.composite
def edits(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, str]]:
    """Any change of components that is equal in all environments: values, versions, which there are, and the owner's patches of base.

    Databases, backup and an own issuer are no part of releases (decision 0014).
    """
    data = copy.deepcopy(SITE)
    for name in draw(st.lists(st.sampled_from(CHARTS), max_size=3)):
        data["components"][name]["values"] = draw(VALUES)
    if draw(st.booleans()):
        data["components"]["argocd"]["version"] = "v3.5.8"
    for name in draw(st.sets(st.sampled_from(["kyverno", "falco"]))):
        data["components"][name] = {}
    if draw(st.booleans()):
        del data["applications"]["vaultwarden"]
    patch = draw(st.none() | st.integers(1, 5))
    deployment = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: argocd-server}}\nspec: {{replicas: {patch}}}\n"
    return data, {} if patch is None else {PATCH: deployment}


@settings(max_examples=25)
@given(edits())
def test_no_edit_of_base_changes_a_byte_of_what_later_environments_read(edit: tuple[dict[str, Any], dict[str, str]]) -> None:
    data, owners = edit
    tree = after(FIRST | owners, data)
    for environment in LATER:
        assert of_environment(tree, environment) == of_environment(FIRST, environment)


@settings(max_examples=15)
@given(edits())
def test_a_second_rendering_changes_nothing(edit: tuple[dict[str, Any], dict[str, str]]) -> None:
    data, owners = edit
    tree = after(FIRST | owners, data)
    again = rendered(tree, data)
    assert again.stale == ()
    assert {path: text for path, text in again.files.items() if tree[path] != text} == {}


def test_the_first_environment_follows_and_the_others_wait() -> None:
    data = changed(components={"argocd": {"version": "v3.5.8"}, "falco": {}})
    found = rendered(FIRST, data)
    assert {path: found.waiting[path] for path in ENVIRONMENTS} == {"dev": [], "stage": ["argocd", "falco"], "prod": []}
    tree = FIRST | found.files
    assert [locked(tree, key)["argocd"].version for key in ENVIRONMENTS] == ["v3.5.8", "v3.5.3", "v3.5.3"]
    assert "v3.5.8" in tree["kubernetes/base/argocd/kustomization.yaml"]


def test_promotion_moves_one_environment_with_new_and_removed_components() -> None:
    data = changed(components={"argocd": {"version": "v3.5.8"}, "falco": {}}, applications={})
    del data["applications"]["vaultwarden"]
    tree = after(promoted(after(FIRST, data), "dev", "stage"), data)
    assert locked(tree, "stage") == locked(tree, "dev")
    assert "kubernetes/environments/stage/applications/falco.yaml" in tree
    assert "kubernetes/environments/stage/applications/vaultwarden.yaml" not in tree
    assert of_environment(tree, "prod") == of_environment(FIRST, "prod")


def test_a_lock_that_goes_back_finds_its_releases() -> None:
    data = changed(components={"argocd": {"version": "v3.5.8"}})
    ahead = after(promoted(after(FIRST, data), "dev", "stage"), data)
    back = after({**ahead, lock_path("stage"): FIRST[lock_path("stage")]}, data)
    assert of_environment(back, "stage") == of_environment(FIRST, "stage")


def test_what_only_an_environment_says_reaches_it_at_once_and_no_other() -> None:
    data = copy.deepcopy(SITE)
    data["environments"]["prod"]["components"] = {"longhorn": {"values": {"persistence": {"defaultClassReplicaCount": 2}}}}
    tree = after(FIRST, data)
    differing = {path for path in tree if tree[path] != FIRST.get(path)}
    assert differing == {"kubernetes/environments/prod/longhorn/values.yaml"}


def test_a_new_environment_begins_with_what_the_one_before_it_runs() -> None:
    two = copy.deepcopy(SITE)
    for section in (two["environments"], two["git"]["recipients"]):
        del section["prod"]
    old = after({}, two)
    new = changed(components={"argocd": {"version": "v3.5.8"}})
    tree = after(old, new)
    assert [locked(tree, key)["argocd"].version for key in ENVIRONMENTS] == ["v3.5.8", "v3.5.3", "v3.5.3"]


@pytest.mark.parametrize("environment", LATER)
def test_a_lock_file_that_is_gone_is_not_guessed(environment: str) -> None:
    tree = {path: text for path, text in FIRST.items() if path != lock_path(environment)}
    with pytest.raises(TreeRefused, match=f"lock file of {environment} is gone") as refused:
        rendered(tree)
    assert [problem.path for problem in refused.value.problems] == [lock_path(environment)]
