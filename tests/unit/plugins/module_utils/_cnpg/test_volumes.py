# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which volumes can grow is said by the class that they were made with."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import present, volumes
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import classify, worst
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.observe import observe
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object

from tests.unit.plugins.module_utils._cnpg.api_double import IMAGE, Api, session_of

TABLESPACES: list[Object] = [{"name": "cold", "storage": {"size": "1Gi"}}]
SPEC: Object = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}, "walStorage": {"size": "1Gi"}, "tablespaces": TABLESPACES}


def storage_class(name: str, grows: bool, default: bool = False) -> Object:
    annotations = {volumes.DEFAULT: "true"} if default else {}
    metadata = {"name": name, "annotations": annotations}
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata, "allowVolumeExpansion": grows}


def claim(role: str, used: str, tablespace: str = "", name: str = "shop-1") -> Object:
    labels = {"cnpg.io/pvcRole": role, **({"cnpg.io/tablespaceName": tablespace} if tablespace else {})}
    metadata = {"name": f"{name}-{role}".lower().replace("_", "-"), "namespace": "n", "labels": labels}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": {"storageClassName": used} if used else {}}


CLASSES = [storage_class("local-path", grows=False, default=True), storage_class("fast", grows=True)]


@pytest.mark.parametrize(
    ("spec", "claims", "stuck"),
    [
        # No class is named: K3s's default, which cannot.
        ({"storage": {"size": "1Gi"}}, [claim("PG_DATA", "local-path")], {"storage": "local-path"}),
        ({"storage": {"size": "1Gi"}}, [claim("PG_DATA", "fast")], {}),
        ({"storage": {"size": "1Gi"}}, [], {"storage": "local-path"}),
        # What the definition says does not change a volume that is there.
        ({"storage": {"size": "1Gi", "storageClass": "fast"}}, [claim("PG_DATA", "local-path")], {"storage": "local-path"}),
        ({"storage": {"size": "1Gi", "storageClass": "fast"}}, [], {}),
        ({"storage": {"size": "1Gi", "pvcTemplate": {"storageClassName": "fast"}}}, [], {}),
        # One instance that cannot is enough.
        ({"storage": {"size": "1Gi"}}, [claim("PG_DATA", "fast"), claim("PG_DATA", "local-path", name="shop-2")], {"storage": "local-path"}),
        ({"storage": {"size": "1Gi"}}, [claim("PG_DATA", "")], {"storage": volumes.NO_CLASS}),
        (SPEC, [claim("PG_DATA", "fast"), claim("PG_WAL", "fast"), claim("PG_TABLESPACE", "fast", "cold")], {}),
        (
            SPEC,
            [claim("PG_DATA", "fast"), claim("PG_WAL", "local-path"), claim("PG_TABLESPACE", "local-path", "cold")],
            {"walStorage": "local-path", "tablespaces[cold].storage": "local-path"},
        ),
    ],
)
def test_what_cannot_grow(spec: Object, claims: list[Object], stuck: dict[str, str]) -> None:
    assert volumes.fixed(spec, observe({}, [], claims).volumes, CLASSES) == stuck


@pytest.mark.parametrize(
    ("change", "effect"),
    [
        ({"storage": {"size": "2Gi"}}, Effect.FORBIDDEN),
        ({"tablespaces": [{"name": "cold", "storage": {"size": "2Gi"}}]}, Effect.FORBIDDEN),
        ({"walStorage": {"size": "2Gi"}}, Effect.ONLINE),
        ({"description": "x"}, Effect.ONLINE),
    ],
)
def test_growth_is_judged_by_the_volumes_as_they_are(change: Object, effect: Effect) -> None:
    """Taken as online it would be written, and the webhook would never let it be taken back."""
    api = Api()
    for thing in (*CLASSES, claim("PG_DATA", "local-path"), claim("PG_WAL", "fast"), claim("PG_TABLESPACE", "local-path", "cold")):
        api.apply(thing, "test")
    live: Object = {"apiVersion": GROUP, "kind": "Cluster", "metadata": {"name": "shop", "namespace": "n"}, "spec": SPEC}
    session, _clock, _told = session_of(api)
    after = {**SPEC, **change}
    found = classify(SPEC, after, present.setting(session, live, after))
    assert worst(found) == effect
    assert (effect == Effect.FORBIDDEN) == any("local-path cannot enlarge" in change.why for change in found)


@pytest.mark.parametrize(("policy", "warned"), [("Delete", [True]), ("Retain", [])])
def test_volumes_that_go_with_their_claims_are_warned_of(policy: str, warned: list[bool]) -> None:
    """When something was changed, not every day."""
    api = Api()
    bound = claim("PG_DATA", "fast")
    size = {"resources": {"requests": {"storage": "1Gi"}}}
    status = {"phase": "Bound", "capacity": {"storage": "1Gi"}}
    api.apply({**bound, "spec": {**bound["spec"], **size, "volumeName": "pv-1"}, "status": status}, "test")
    api.apply({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1"}, "spec": {"persistentVolumeReclaimPolicy": policy}}, "test")
    spec = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}}
    for expected in (warned, []):
        session, _clock, _told = session_of(api, stable=0.0)
        assert present.present(session, present.document(session, spec), Effect.DOWNTIME).changed == (expected is warned)
        assert [True for text in session.warnings if "pv-1 would be deleted" in text] == expected


def test_an_account_that_may_not_look_at_volumes_is_not_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api()
    size = {"resources": {"requests": {"storage": "1Gi"}}}
    bound = {**claim("PG_DATA", "fast"), "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}}}
    api.apply({**bound, "spec": {**size, "volumeName": "pv-1"}}, "test")
    get = api.get

    def refuse(wanted: Reference) -> Object | None:
        if wanted.kind == "PersistentVolume":
            raise KubeError("pv-1", "may not", 403, "Forbidden")
        return get(wanted)

    monkeypatch.setattr(api, "get", refuse)
    session, _clock, _told = session_of(api, stable=0.0)
    spec = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}}
    assert present.present(session, present.document(session, spec), Effect.DOWNTIME).changed
    assert session.warnings == []
