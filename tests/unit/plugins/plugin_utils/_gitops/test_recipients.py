# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.recipients import Rotation, readers, rotated, rotations
from hypothesis import given
from hypothesis import strategies as st

PATH = "kubernetes/environments/prod/vaultwarden/secrets/credentials.yaml"
KEYS = st.sets(st.sampled_from(["age1a", "age1b", "age1c", "age1d"]), min_size=1)


def encrypted(*keys: str) -> str:
    return yaml.safe_dump({"kind": "SopsSecret", "sops": {"age": [{"recipient": key, "enc": "x"} for key in keys]}})


@given(KEYS, KEYS)
def test_after_a_rotation_those_can_read_who_should(given_: set[str], wanted: set[str]) -> None:
    found = list(rotated("x", given_, wanted))
    assert bool(found) == (given_ != wanted)
    for rotation in found:
        assert (given_ | set(rotation.add)) - set(rotation.remove) == wanted


def test_files_are_for_the_cluster_of_their_environment() -> None:
    tree = {PATH: encrypted("age1old", "age1people"), PATH.replace("prod", "dev"): encrypted("age1dev"), "README.md": "x"}
    recipients = {"prod": ["age1new", "age1people"], "dev": ["age1dev"]}
    assert rotations(tree, recipients) == [Rotation(PATH, ("age1new",), ("age1old",))]
    assert rotations(tree, {"dev": ["age1dev"]}) == [], "the cluster of prod has no key yet"


def test_what_sops_is_told() -> None:
    assert Rotation("x", ("age1a", "age1b"), ()).arguments() == ["rotate", "--in-place", "--add-age", "age1a,age1b"]
    assert Rotation("x", (), ("age1c",)).arguments() == ["rotate", "--in-place", "--rm-age", "age1c"]


def test_only_what_sops_has_encrypted_has_readers() -> None:
    assert readers(encrypted("age1a", "age1b")) == {"age1a", "age1b"}
    for text in ("a: [", "a: 1", "- 1", "sops: {age: 1}", ""):
        assert readers(text) == set()
