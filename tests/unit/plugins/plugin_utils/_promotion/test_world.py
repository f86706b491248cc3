# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real world is put together from the matrix, and nothing of it is asked before it is needed."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_platform import Git
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.cluster import ClusterAway
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.forge import Forgejo, GitHub
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import Refused
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import signers_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.world import cluster_of, forge_of, me, seen_by, world_of

from tests.unit.plugins.plugin_utils._gitops.sites import ENVIRONMENTS, changed, load

REPOSITORY = "git@git.example.org:ops/clusters.git"


@pytest.mark.parametrize(("kind", "expected"), [("github", GitHub), ("forgejo", Forgejo)])
def test_a_forge_of_the_matrix(kind: str, expected: type) -> None:
    settings = Git.model_validate({"repository": REPOSITORY, "forge": {"kind": kind, "api": "https://forge.example.org/api"}})
    assert isinstance(forge_of(settings, "planted-token"), expected)
    with pytest.raises(Refused, match="GROUNDWORK_SECRET_GIT_TOKEN"):
        forge_of(settings, "")


def test_no_forge() -> None:
    assert forge_of(Git(repository=REPOSITORY), "") is None


def test_a_folder_that_is_no_clone(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Refused, match="is no clone of a Git repository"):
        seen_by(load(changed()), tmp_path)


def test_clusters_are_found_when_they_are_asked(tmp_path: pathlib.Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    loaded = load(changed(access={"kubeconfig": str(tmp_path / "none")}))
    world = world_of(loaded, tmp_path, "stage", "", print)
    assert list(world.observers) == list(ENVIRONMENTS)
    with pytest.raises(ClusterAway, match=f"the cluster of stage cannot be asked: kubeconfig {tmp_path}/none: there is no such file"):
        cluster_of(loaded, "stage").applications()


@pytest.mark.parametrize("target", ["", "dev", "prod"])
def test_everybody_who_may_anywhere_is_known(target: str) -> None:
    keys = {name: f"ssh-ed25519 {name}" for name in ("anna", "ben", "carol", "dora")}
    own = {"dev": {"signers": {"carol": keys["carol"], "anna": keys["dora"]}}, "prod": {"signers": {"dora": keys["dora"]}}}
    data = changed(promotion={"signers": {"anna": keys["anna"], "ben": keys["ben"]}})
    for environment, settings in own.items():
        data["environments"][environment]["promotion"] = settings
    found = signers_of(load(data), target)
    assert set(found) == set(keys)
    assert {name: found[name] for name in ("ben", "carol", "dora")} == {name: keys[name] for name in ("ben", "carol", "dora")}
    assert found["anna"] == (keys["dora"] if target == "dev" else keys["anna"])
    # Git gives the first name that has a key: the target's.
    assert next(name for name in found if found[name] == keys["dora"]) == ("anna" if target == "dev" else "dora")


def test_who_asks() -> None:
    assert "@" in me().who
    assert me().run == me().run
