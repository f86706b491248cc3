# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes, what restarts, which images change: by object, whatever file it stands in."""

from __future__ import annotations

from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import Lock, Locked
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import change_of, moves
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.delta import delta, objects_of

from tests.unit.plugins.plugin_utils._gitops.sites import FIRST, LOADED, after, changed, load, locked

RELEASE = "0123456789abcdef"
LOCK = Lock(components={"web": Locked(release=RELEASE, version="1")})


def deployment(image: str = "web:1", replicas: int = 1, kind: str = "Deployment") -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "a", "image": image}]}}
    spec = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"replicas": replicas, "template": template}
    return {"kind": kind, "metadata": {"name": "web", "namespace": "web"}, "spec": spec}


def tree(*objects: dict[str, Any]) -> dict[str, str]:
    return {f"kubernetes/releases/web/{RELEASE}/objects.yaml": yaml.safe_dump_all(objects)}


def between(before: dict[str, Any], after_: dict[str, Any]) -> Any:
    return delta(objects_of(tree(before), LOCK, "dev"), objects_of(tree(after_), LOCK, "dev"))


def test_an_image_restarts_what_it_is_in() -> None:
    found = between(deployment(), deployment("web:2"))
    assert found.images == ("Deployment/web/web: web:1 → web:2",)
    assert found.restarts == found.changed == ("Deployment/web/web",)


def test_replicas_restart_nothing() -> None:
    found = between(deployment(), deployment(replicas=3))
    assert (found.images, found.restarts, found.changed) == ((), (), ("Deployment/web/web",))


def test_a_cron_job_keeps_its_template_elsewhere() -> None:
    assert between(deployment(kind="CronJob"), deployment("web:2", kind="CronJob")).images == ("CronJob/web/web: web:1 → web:2",)


def test_another_kind_of_the_same_name_is_another_object() -> None:
    found = between(deployment(), deployment(kind="StatefulSet"))
    assert (found.pruned, found.added) == (frozenset({"Deployment/web/web"}), ("StatefulSet/web/web",))


def test_releases_that_no_lock_names_and_values_are_no_objects() -> None:
    files = tree(deployment()) | {
        "kubernetes/releases/web/fedcba9876543210/objects.yaml": yaml.safe_dump({"kind": "Service", "metadata": {"name": "old"}}),
        "kubernetes/environments/dev/web/values.yaml": yaml.safe_dump({"kind": "x", "metadata": {"name": "values"}}),
        "kubernetes/environments/dev/web/patches/a.yaml": yaml.safe_dump(deployment("web:3")),
        "kubernetes/environments/prod/web/objects.yaml": yaml.safe_dump({"kind": "Service", "metadata": {"name": "prod"}}),
        "kubernetes/environments/dev/broken.yaml": "a: [",
    }
    assert set(objects_of(files, LOCK, "dev")) == {"Deployment/web/web"}


def test_a_move_of_a_real_tree_touches_the_target_alone() -> None:
    data = changed(components={"traefik": {"values": {"deployment": {"replicas": 2}}}})
    ahead = after(FIRST, data)
    loaded = load(data)
    wanted = moves(loaded, ahead, "dev", "stage", ())
    assert [move.component for move in wanted] == ["traefik"]
    found = change_of(loaded, ahead, "stage", wanted)
    assert (found.faults, found.drifts, found.delta.pruned) == ((), (), frozenset())
    assert {file.path.split("/")[2] for file in found.files} == {"stage"}
    assert [file.path for file in found.releases] == ["kubernetes/releases/traefik/…/values.yaml"]
    written = ahead | {file.path: file.after for file in found.files if file.after is not None}
    assert locked(written, "stage") == locked(ahead, "dev")
    # What is written is what rendering would write: nothing is left over.
    assert after(written, data) == written


def test_equal_environments_have_no_moves() -> None:
    assert moves(LOADED, FIRST, "dev", "stage", ()) == ()
    assert moves(LOADED, FIRST, "dev", "stage", ("traefik",)) == ()
