# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against a real API server: what it says of objects, owners, kinds and refusals."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.connection import Connection
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference, Unanswered

from tests.support.apiserver import Api
from tests.support.authorities import CA

Object = dict[str, Any]


def config(namespace: str, **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": namespace}, "data": data}


def crd(plural: str, kind: str) -> Object:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": plural, "kind": kind}
    spec = {"group": "test.example.org", "scope": "Namespaced", "names": names, "versions": [version]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.test.example.org"},
        "spec": spec,
    }


def served(kube: Kube, kind: str) -> None:
    until = time.monotonic() + 180
    while not kube.serves("test.example.org/v1", kind):
        assert time.monotonic() < until, f"{kind} is not served"
        time.sleep(0.2)


def test_an_apply_changes_once(api: Api, namespace: str) -> None:
    kube = api.kube()
    first, second, third = (kube.apply(config(namespace, x=value), "one") for value in ("1", "1", "2"))
    assert (first.changed, second.changed, third.changed) == (True, False, True)
    assert first.before is None
    assert kube.get(Reference("v1", "ConfigMap", "a", namespace)) is not None


def test_a_dry_run_says_what_an_apply_would_change_and_keeps_nothing(api: Api, namespace: str) -> None:
    kube = api.kube()
    assert kube.apply(config(namespace, x="1"), "one", dry_run=True).changed
    assert kube.get(Reference("v1", "ConfigMap", "a", namespace)) is None
    kube.apply(config(namespace, x="1"), "one")
    assert not kube.apply(config(namespace, x="1"), "one", dry_run=True).changed
    assert kube.apply(config(namespace, x="2"), "one", dry_run=True).changed


def test_somebody_elses_field_is_a_conflict_that_names_the_owner_unless_it_is_taken(api: Api, namespace: str) -> None:
    kube = api.kube()
    kube.apply(config(namespace, x="1"), "one")
    with pytest.raises(KubeError, match='conflict with "one"') as caught:
        kube.apply(config(namespace, x="2"), "two")
    assert (caught.value.status, caught.value.reason) == (409, "Conflict")
    assert kube.apply(config(namespace, x="2"), "two", force=True).after["data"] == {"x": "2"}


def test_an_apply_of_nothing_gives_up_what_another_has_applied_too(api: Api, namespace: str) -> None:
    """What the hand-over to Argo CD rests on."""
    kube = api.kube()
    kube.apply(config(namespace, x="1", y="2"), "first")
    kube.apply(config(namespace, x="1"), "second", force=True)
    bare = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": namespace}}
    after = kube.apply(bare, "first").after
    assert after["data"] == {"x": "1"}
    assert [entry["manager"] for entry in after["metadata"]["managedFields"]] == ["second"]


def test_a_field_that_the_kind_does_not_have_is_refused(api: Api, namespace: str) -> None:
    wrong = {**config(namespace), "dtaa": {"x": "1"}}
    with pytest.raises(KubeError, match="dtaa"):
        api.kube().apply(wrong, "one")


def test_a_kind_that_comes_later_is_found_when_it_is_served(api: Api, namespace: str) -> None:
    kube = api.kube()
    assert not kube.serves("test.example.org/v1", "Later")
    where = Reference("test.example.org/v1", "Later", "a", namespace)
    assert kube.get(where) is None
    kube.apply(crd("laters", "Later"), "one")
    thing = {"apiVersion": "test.example.org/v1", "kind": "Later", "metadata": {"name": "a", "namespace": namespace}, "spec": {"x": 1}}
    served(kube, "Later")
    kube.apply(thing, "one")
    assert kube.is_namespaced("test.example.org/v1", "Later")
    assert (kube.get(where) or {})["spec"] == {"x": 1}
    assert [found["metadata"]["name"] for found in kube.objects("test.example.org/v1", "Later", namespace)] == ["a"]


def test_a_status_is_changed_only_in_the_version_that_was_read(api: Api, namespace: str) -> None:
    kube = api.kube()
    kube.apply(crd("states", "State"), "one")
    served(kube, "State")
    where = Reference("test.example.org/v1", "State", "a", namespace)
    made = kube.apply({"apiVersion": where.api_version, "kind": where.kind, "metadata": {"name": "a", "namespace": namespace}}, "one").after
    version = made["metadata"]["resourceVersion"]
    change = {"metadata": {"resourceVersion": version}, "status": {"target": "b"}}
    assert kube.patch(where, change, "two", subresource="status")["status"] == {"target": "b"}
    with pytest.raises(KubeError) as caught:
        kube.patch(where, {"metadata": {"resourceVersion": version}, "status": {"target": "c"}}, "two", subresource="status")
    assert caught.value.status == 409


def test_more_objects_than_one_page(api: Api, namespace: str) -> None:
    kube = api.kube()
    for number in range(7):
        kube.create({**config(namespace), "metadata": {"name": f"c{number}", "namespace": namespace, "labels": {"page": namespace}}}, "one")
    small = Kube(_Paged(Connection(str(api.kubeconfig), api.context)))
    assert len(small.objects("v1", "ConfigMap", namespace, selector=f"page={namespace}")) == 7


class _Paged:
    """Asks for pages of two."""

    def __init__(self, inner: Connection) -> None:
        self._inner = inner

    def send(self, method: str, path: str, query: Any, body: bytes, content_type: str, seconds: float) -> Any:
        return self._inner.send(method, path, {**query, "limit": "2"} if "limit" in query else query, body, content_type, seconds)


def test_creating_twice_and_deleting_twice(api: Api, namespace: str) -> None:
    kube = api.kube()
    kube.create(config(namespace), "one")
    with pytest.raises(KubeError) as caught:
        kube.create(config(namespace), "one")
    assert caught.value.reason == "AlreadyExists"
    where = Reference("v1", "ConfigMap", "a", namespace)
    assert (kube.delete(where, dry_run=True), kube.delete(where), kube.delete(where)) == (True, True, False)


def test_a_warning_of_the_server_is_told(api: Api, namespace: str) -> None:
    """The namespace is born with its label: of one that gets it later, the admission may still know the older version."""
    warned = f"{namespace}-warned"
    pod = {"containers": [{"name": "a", "image": "a"}], "hostNetwork": True}
    labels = {"pod-security.kubernetes.io/warn": "restricted"}
    kube = api.kube()
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": warned, "labels": labels}}, "test")
    told = kube.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": warned}, "spec": pod}, "one").warnings
    assert any("violate PodSecurity" in warning for warning in told), told


def test_an_access_that_cannot_be_used(api: Api, tmp_path: Path) -> None:
    with pytest.raises(KubeError, match="no such file"):
        Connection(str(tmp_path / "none"), "test")
    with pytest.raises(KubeError, match="context nobody cannot be used"):
        Connection(str(api.kubeconfig), "nobody")
    wrong = tmp_path / "wrong"
    wrong.write_text(api.kubeconfig.read_text().replace(api.token, "0" * 32))
    with pytest.raises(KubeError) as caught:
        Kube(Connection(str(wrong), api.context)).get(Reference("v1", "Namespace", "default"))
    assert caught.value.status == 401


def test_an_api_server_that_is_away_is_told_from_one_that_refuses(api: Api, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.write_text(api.kubeconfig.read_text().replace(api.url, "https://127.0.0.1:1"))
    with pytest.raises(Unanswered) as caught:
        Kube(Connection(str(away), api.context), patience=1).get(Reference("v1", "Namespace", "default"))
    assert not caught.value.sent
    other = tmp_path / "other"
    other.write_text(api.kubeconfig.read_text().replace(str(api.ca), str(_another_authority(tmp_path))))
    with pytest.raises(Unanswered, match=r"(?i)certificate"):
        Kube(Connection(str(other), api.context), patience=0).get(Reference("v1", "Namespace", "default"))


def _another_authority(folder: Path) -> Path:
    CA.root("another").write(folder / "another")
    return folder / "another.crt"


def test_objects_that_were_read_are_not_changed_by_an_apply(api: Api, namespace: str) -> None:
    wanted = config(namespace, x="1")
    before = copy.deepcopy(wanted)
    api.kube().apply(wanted, "one")
    assert wanted == before
