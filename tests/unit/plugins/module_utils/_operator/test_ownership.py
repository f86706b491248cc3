# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose an object is: Argo CD's, or what we have applied ourselves."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import CONTROLLER, TRACKING, application_of, applied, owned_by_git


@pytest.mark.parametrize(
    ("metadata", "application"),
    [
        ({}, ""),
        ({"annotations": {TRACKING: "databases:postgresql.cnpg.io/Cluster:db/shop"}}, "databases"),
        ({"labels": {"app.kubernetes.io/instance": "databases"}}, ""),
        ({"labels": {"app.kubernetes.io/instance": "databases"}, "managedFields": [{"manager": CONTROLLER}]}, "databases"),
        ({"labels": {"app.kubernetes.io/instance": "release"}, "managedFields": [{"manager": "helm"}]}, ""),
    ],
)
def test_what_belongs_to_argo_cd(metadata: Object, application: str) -> None:
    """By its annotation, or by its label together with its field manager: Helm sets the label, too."""
    assert application_of({"metadata": metadata}) == application
    assert [application in problem.reason for problem in owned_by_git({"metadata": metadata}, "x")] == ([True] if application else [])


def test_only_who_can_render_is_told_to() -> None:
    """A state that ignores the option would be refused again, with the same words."""
    live: Object = {"metadata": {"annotations": {TRACKING: "databases:x"}}}
    assert ["gitops: render" in found.remedy for renders in (False, True) for found in owned_by_git(live, "x", renders)] == [False, True]


def test_nothing_belongs_to_nobody() -> None:
    """An object that is not there."""
    assert application_of(None) == ""
    assert applied(None, "us") == {}


LIVE: Object = {
    "metadata": {
        "name": "shop",
        "annotations": {"mine": "1", "theirs": "2"},
        "managedFields": [
            {"manager": "them", "operation": "Apply", "fieldsV1": {"f:spec": {"f:other": {}}}},
            {"manager": "us", "operation": "Update", "fieldsV1": {"f:spec": {"f:other": {}}}},
            {"manager": "us", "operation": "Apply", "subresource": "status", "fieldsV1": {"f:status": {}}},
            {
                "manager": "us",
                "operation": "Apply",
                "fieldsV1": {
                    "f:metadata": {"f:annotations": {"f:mine": {}}},
                    "f:spec": {
                        "f:instances": {},
                        "f:storage": {"f:size": {}},
                        "f:plugins": {},
                        "f:gone": {},
                        "f:roles": {'k:{"name":"b"}': {".": {}, "f:name": {}, "f:login": {}}},
                        "f:words": {'v:"x"': {}},
                    },
                },
            },
        ],
    },
    "spec": {
        "instances": 3,
        "other": 1,
        "storage": {"size": "1Gi", "resizeInUseVolumes": True},
        "plugins": [{"name": "p"}],
        "roles": [{"name": "a", "login": True}, {"name": "b", "login": True, "comment": "theirs"}],
        "words": ["x", "y"],
    },
}


def test_the_definition_as_it_was_last_applied() -> None:
    """Our fields with their values, nobody else's."""
    assert applied(LIVE, "us") == {
        "metadata": {"annotations": {"mine": "1"}},
        "spec": {
            "instances": 3,
            "storage": {"size": "1Gi"},
            "plugins": [{"name": "p"}],
            "roles": [{"name": "b", "login": True}],
            "words": ["x"],
        },
    }
    assert applied(LIVE, "nobody") == {}
