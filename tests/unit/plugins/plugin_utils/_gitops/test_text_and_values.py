# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts are stable and come back; checksums notice every edit; values land where they belong."""

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.ownership import is_edited, is_ours, patch, stamp
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import Release, content_hash
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import dump, load_all
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.values import overlay, placed
from hypothesis import assume, given
from hypothesis import strategies as st

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=10)
MAPPINGS = st.dictionaries(st.text("ab", max_size=2), DATA, max_size=3)
FILES = st.dictionaries(st.text("abc/.", min_size=1, max_size=5), st.text(max_size=10), max_size=4)


@given(DATA.filter(lambda value: value is not None))
def test_what_is_written_is_read_again(value: Any) -> None:
    assert load_all(dump(value)) == [value]


@given(st.dictionaries(st.text(min_size=1, max_size=5), SCALARS, min_size=2), st.randoms())
def test_the_order_of_keys_does_not_matter(value: dict[str, Any], chance: random.Random) -> None:
    keys = list(value)
    chance.shuffle(keys)
    assert dump({key: value[key] for key in keys}) == dump(value)


@given(st.sampled_from(["a.yaml", "README.md", ".sops.yaml"]), st.text("ab\n#: ", max_size=40), st.text("ab\n#: ", max_size=40))
def test_every_edit_below_the_first_line_is_noticed(path: str, body: str, other: str) -> None:
    text = stamp(path, body)
    assert is_ours(path, text)
    assert not is_edited(path, text)
    assume(other != body)
    edited = text.partition("\n")[0] + "\n" + other
    assert is_edited(path, edited)
    assert not is_ours(path, other)
    assert not is_edited(f"a/patches/{path}", edited)


def test_a_patch_shows_only_what_was_changed() -> None:
    lines = patch("a.yaml", stamp("a.yaml", "a: 1\nb: 2\n"), stamp("a.yaml", "a: 1\nb: 3\n")).splitlines()
    assert lines == ["--- a/a.yaml", "+++ b/a.yaml", "@@ -1,2 +1,2 @@", " a: 1", "-b: 2", "+b: 3"]


@given(FILES, FILES)
def test_releases_of_one_name_have_one_content(one: dict[str, str], other: dict[str, str]) -> None:
    assert (content_hash(one) == content_hash(other)) == (one == other)
    assert Release("c", one).hash == Release("c", dict(reversed(one.items()))).hash


def test_moving_text_from_one_file_to_the_next_is_a_change() -> None:
    assert content_hash({"a": "xy", "b": ""}) != content_hash({"a": "x", "b": "y"})


@given(MAPPINGS, MAPPINGS)
def test_an_overlay_has_all_of_its_own_and_the_rest_of_what_is_below(base: dict[str, Any], own: dict[str, Any]) -> None:
    merged = overlay(base, own)
    assert merged.keys() == base.keys() | own.keys()
    assert overlay(merged, own) == merged
    assert all(merged[key] == base[key] for key in base.keys() - own.keys())


@pytest.mark.parametrize(
    ("base", "at", "expected"),
    [
        ({}, ["a", "b"], {"a": {"b": 1}}),
        ({"a": {"c": 2}}, ["a", "b"], {"a": {"b": 1}}),
        ({"a": [{"c": 2}, 3]}, ["a", 0, "b"], {"a": [{"c": 2, "b": 1}, 3]}),
        ({"a": [{"c": {"d": 4}}]}, ["a", 0, "c", "b"], {"a": [{"c": {"d": 4, "b": 1}}]}),
        ({"a": [2, 3]}, ["a", 1], {"a": [2, 1]}),
    ],
)
def test_a_value_is_placed_and_helm_gets_lists_as_a_whole(base: dict[str, Any], at: list[str | int], expected: dict[str, Any]) -> None:
    before = dump(base)
    assert placed(base, [(at, 1)]) == expected
    assert dump(base) == before


def test_two_values_in_one_list_are_both_there() -> None:
    assert placed({"a": [{}]}, [(["a", 0, "b"], 1), (["a", 0, "c"], 2)]) == {"a": [{"b": 1, "c": 2}]}


@pytest.mark.parametrize(("base", "at"), [({"a": []}, ["a", 0, "b"]), ({}, ["a", 0])])
def test_a_place_that_is_not_there(base: dict[str, Any], at: list[str | int]) -> None:
    with pytest.raises((IndexError, KeyError, TypeError)):
        placed(base, [(at, 1)])
