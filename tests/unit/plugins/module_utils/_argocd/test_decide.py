# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._argocd import decide as d
from hypothesis import given
from hypothesis import strategies as st

Object = dict[str, Any]
OURS = ("argocd", "metallb")


def server(version: str = "v3.5.3", namespace: str = "argocd") -> Object:
    image = f"quay.io/argoproj/argocd:{version}"
    return {"metadata": {"name": "argocd-server", "namespace": namespace}, "spec": {"template": {"spec": {"containers": [{"image": image}]}}}}


def app(name: str, sync: str = "Synced", health: str = "Healthy", owns: tuple[tuple[str, str], ...] = ()) -> Object:
    resources = [{"kind": kind, "name": owned} for kind, owned in owns]
    return {"metadata": {"name": name}, "status": {"sync": {"status": sync}, "health": {"status": health}, "resources": resources}}


def decided(version: str = "v3.5.3", **seen: Any) -> d.Decision:
    return d.decide(d.Observed(**{"missing": (), **seen}), version, OURS)


@pytest.mark.parametrize(
    ("seen", "action"),
    [
        ({"missing": d.VITAL}, d.INSTALL),
        ({"servers": (server("v3.3.0"),)}, d.ADOPT),
        ({"servers": (server("v3.3.0"),), "applications": (app("argocd"),)}, d.ADOPT),
        ({"servers": (server(),), "bootstrap_owns": True}, d.CONTINUE),
        ({"servers": (server(),), "applications": (app("platform"),), "bootstrap_owns": True}, d.CONTINUE),
        ({"servers": (server(),), "applications": (app("platform"), app("argocd", "OutOfSync")), "bootstrap_owns": True}, d.CONTINUE),
        ({"servers": (server(),), "applications": (app("platform"), app("argocd")), "bootstrap_owns": True}, d.RELEASE),
        ({"servers": (server(),), "applications": (app("platform"), app("argocd"))}, d.KEEP),
        ({"servers": (server(),), "applications": (app("platform"), app("argocd")), "missing": d.VITAL[:1]}, d.REPAIR),
        ({"servers": (server("v3.6.0"),), "applications": (app("platform"), app("argocd"))}, d.KEEP),
    ],
    ids=["none", "adopt", "adopt one that runs itself", "interrupted early", "no self yet", "self not there yet", "self", "done", "broken", "newer and done"],
)
def test_what_follows_from_what_is_there(seen: dict[str, Any], action: str) -> None:
    decision = decided(**seen)
    assert (decision.action, decision.problems) == (action, ())


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"servers": (server(namespace="gitops"),)}, "namespace gitops"),
        ({"servers": (server("v3.6.0"),)}, "v3.6.0 runs here and the tree names v3.5.3"),
        ({"servers": (server("v3.3.0"),), "applications": (app("apps", owns=(("Application", "argocd"),)),)}, "Application apps owns argocd"),
        ({"servers": (server("v3.3.0"),), "applications": (app("self", owns=(("Deployment", "argocd-server"),)),)}, "Application self owns argocd-server"),
    ],
)
def test_what_is_refused(seen: dict[str, Any], words: str) -> None:
    decision = decided(**seen)
    assert decision.action == d.REFUSE
    assert words in "; ".join(decision.problems)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    apps = (app("apps", owns=(("Application", "metallb"),)),)
    assert len(decided(servers=(server("v4.0.0"), server(namespace="gitops")), applications=apps).problems) == 3


def test_an_application_that_owns_nothing_of_ours_is_no_rival() -> None:
    assert decided(servers=(server("v3.3.0"),), applications=(app("shop", owns=(("Deployment", "shop"),)),)).action == d.ADOPT


@given(
    st.builds(dict, missing=st.sampled_from([(), d.VITAL]), bootstrap_owns=st.booleans(), applications=st.sampled_from([(), (app("platform"), app("argocd"))]))
)
def test_nothing_is_given_up_that_argo_cd_does_not_run_by_itself(seen: dict[str, Any]) -> None:
    decision = decided(servers=(server(),), **seen)
    if decision.action == d.RELEASE:
        assert seen["applications"]
        assert not seen["missing"]


def managed(*names: str) -> Object:
    return {"metadata": {"name": "x", "managedFields": [{"manager": name, "operation": "Apply"} for name in names]}}


def test_an_object_is_released_only_when_argo_cd_has_applied_it() -> None:
    assert d.may_be_released(managed(d.BOOTSTRAP, d.ARGO_CD))
    assert not d.may_be_released(managed(d.BOOTSTRAP))
    assert not d.may_be_released(managed(d.ARGO_CD))
    assert not d.may_be_released(None)
    updated = {"metadata": {"managedFields": [{"manager": d.ARGO_CD, "operation": "Update"}, {"manager": d.BOOTSTRAP, "operation": "Apply"}]}}
    assert not d.may_be_released(updated)


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("quay.io/argoproj/argocd:v3.3.0", "v3.3.0"),
        ("registry.example.org:5000/argocd:v3.3.0@sha256:abc", "v3.3.0"),
        ("registry.example.org:5000/argocd", ""),
        ("argocd:latest", ""),
    ],
)
def test_the_release_is_in_the_image(image: str, version: str) -> None:
    assert d.version_of({"spec": {"template": {"spec": {"containers": [{"image": image}]}}}}) == version
    assert d.version_of({}) == ""


def test_a_last_sync_that_failed_is_not_settled() -> None:
    failed = app("argocd")
    failed["status"]["operationState"] = {"phase": "Failed"}
    assert not d.settled(failed)
