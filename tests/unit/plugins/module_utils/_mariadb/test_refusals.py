# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an API server's refusal means, and what helps."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.refusals import explained, git_owns

PLACE = "MariaDB shop/shop"


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (KubeError(PLACE, "the API server does not serve this kind", 404, "NotServed"), "install mariadb-operator-crds"),
        (KubeError(PLACE, 'Internal error: failed calling webhook "vmariadb": connect: connection refused', 500, "InternalError"), "mariadb-operator-webhook"),
        (KubeError(PLACE, 'admission webhook "vmariadb" denied the request: spec.storage: Invalid value', 422, "Invalid"), "correct the definition"),
        (KubeError(PLACE, 'Apply failed with 1 conflict: conflict with "kubectl-edit": .spec.myCnf', 409, "Conflict"), "never taken over by force"),
        (KubeError(PLACE, "the object has been modified", 409, "Conflict"), "run again"),
        (KubeError(PLACE, "User cannot patch", 403, "Forbidden"), "let this account"),
        (KubeError(PLACE, "not found", 404, "NotFound"), "name and namespace"),
        (KubeError(PLACE, "does not answer"), "once the API server answers"),
    ],
)
def test_each_refusal_has_its_place_the_servers_words_and_a_next_step(error: KubeError, remedy: str) -> None:
    found = explained(error)
    assert found.place == PLACE
    assert found.reason
    assert remedy in found.remedy


def test_git_is_named_as_the_owner_with_the_way_to_change_it() -> None:
    mark = {"argocd.argoproj.io/tracking-id": "nextcloud:k8s.mariadb.com/MariaDB:shop/shop"}
    (found,) = git_owns({"metadata": {"annotations": mark}}, PLACE)
    assert "Application nextcloud" in found.reason
    assert "render.yml" in found.remedy
    assert git_owns({"metadata": {}}, PLACE) == git_owns(None, PLACE) == ()
