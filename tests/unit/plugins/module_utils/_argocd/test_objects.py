# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._argocd.objects import NoSuchPlace, age_secret, changed, merged, repository_secret

Object = dict[str, Any]


def made(kind: str, name: str, **rest: Any) -> Object:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **rest}


VENDOR = [
    made("Deployment", "server"),
    made("ConfigMap", "argocd-cm"),
    made("ConfigMap", "hosts", data={"known": "github.com"}),
    made("CustomResourceDefinition", "x"),
]
PATCH = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd"}, "data": {"a": "b"}}
REPLACE = {"kind": "ConfigMap", "name": "hosts", "at": ["data", "known"], "value": "git.example.org"}


def test_definitions_come_first_and_what_mounts_last() -> None:
    assert [document["metadata"]["name"] for document in changed([{}, *VENDOR], [PATCH], [REPLACE])] == ["x", "argocd-cm", "hosts", "server"]


def test_changes_are_made_and_the_vendors_objects_stay_as_they_are() -> None:
    by_name = {document["metadata"]["name"]: document for document in changed(VENDOR, [PATCH], [REPLACE])}
    assert by_name["argocd-cm"]["data"] == {"a": "b"}
    assert by_name["hosts"]["data"] == {"known": "git.example.org"}
    assert VENDOR[2]["data"] == {"known": "github.com"}
    assert "data" not in VENDOR[1]


@pytest.mark.parametrize(
    ("patches", "replacements", "words"),
    [
        ([{**PATCH, "metadata": {"name": "gone"}}], [], "no ConfigMap gone"),
        ([], [{**REPLACE, "name": "gone"}], "no ConfigMap gone"),
        ([], [{**REPLACE, "at": ["spec", "known"]}], "has no spec.known"),
    ],
)
def test_a_change_that_fits_nothing_is_an_error(patches: list[Object], replacements: list[Object], words: str) -> None:
    with pytest.raises(NoSuchPlace, match=words):
        changed(VENDOR, patches, replacements)


def test_merging() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None, "e": 3}, "d": [2]}) == {"a": {"c": 2, "e": 3}, "d": [2]}


def test_containers_are_merged_by_their_names() -> None:
    base = {"containers": [{"name": "a", "image": "x", "imagePullPolicy": "Always"}, {"name": "b"}]}
    over = {"containers": [{"name": "a", "imagePullPolicy": "IfNotPresent"}]}
    assert merged(base, over) == {"containers": [{"name": "a", "image": "x", "imagePullPolicy": "IfNotPresent"}, {"name": "b"}]}


def test_keys_are_secrets_that_end_with_one_line_break() -> None:
    repository = repository_secret("git@git.example.org:ops/clusters.git", "KEY\n\n")
    assert base64.b64decode(repository["data"]["sshPrivateKey"]) == b"KEY\n"
    assert repository["metadata"]["labels"]["argocd.argoproj.io/secret-type"] == "repository"
    assert base64.b64decode(age_secret("AGE")["data"]["keys.txt"]) == b"AGE\n"
