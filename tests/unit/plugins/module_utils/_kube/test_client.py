# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube, warnings_of
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Answer, KubeError, Reference, Unanswered, delay

MAP: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}, "data": {"x": "1"}}
WHERE = Reference("v1", "ConfigMap", "a", "n")
KINDS = {"resources": [{"name": "configmaps", "kind": "ConfigMap", "namespaced": True}, {"name": "configmaps/x", "kind": "Status", "namespaced": True}]}


@dataclass
class Server:
    """Answers what it is told to, in order, and remembers what was asked."""

    replies: list[Answer | Unanswered]
    asked: list[tuple[str, str, dict[str, str], Any, str]] = field(default_factory=list)
    now: float = 0.0

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes, content_type: str, seconds: float) -> Answer:
        assert seconds > 0
        self.asked.append((method, path, dict(query), json.loads(body) if body else None, content_type))
        reply = self.replies.pop(0)
        if isinstance(reply, Unanswered):
            raise reply
        return reply

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def kube(self, patience: float = 30) -> Kube:
        return Kube(self, patience, lambda: self.now, self.sleep)


def ok(document: Any, **headers: str) -> Answer:
    return Answer(200, json.dumps(document).encode(), headers)


def status(code: int, reason: str = "", message: str = "no") -> Answer:
    return Answer(code, json.dumps({"kind": "Status", "reason": reason, "message": message}).encode())


def changed(**parts: Any) -> dict[str, Any]:
    return {**MAP, **parts}


BROKEN = Unanswered("https://api:6443", "reset", sent=True)
REFUSED = Unanswered("https://api:6443", "refused", sent=False)


def test_an_object_is_read_where_its_kind_is_served() -> None:
    server = Server([ok(KINDS), ok(MAP), ok(MAP)])
    kube = server.kube()
    assert kube.get(WHERE) == MAP
    assert kube.get(WHERE) == MAP, "kinds are asked for once"
    assert [asked[1] for asked in server.asked] == ["/api/v1", *["/api/v1/namespaces/n/configmaps/a"] * 2]


def test_what_is_not_there_is_none_and_what_is_refused_is_an_error_with_the_servers_words() -> None:
    assert Server([ok(KINDS), status(404)]).kube().get(WHERE) is None
    assert Server([status(404), status(404)]).kube().get(Reference("x.io/v1", "Y", "a")) is None
    with pytest.raises(KubeError, match="ConfigMap n/a: you may not") as caught:
        Server([ok(KINDS), status(403, "Forbidden", "you may not")]).kube().get(WHERE)
    assert (caught.value.status, caught.value.reason) == (403, "Forbidden")


def test_a_kind_that_has_come_since_is_found() -> None:
    server = Server([ok({"resources": []}), ok(KINDS), ok(MAP)])
    assert server.kube().get(WHERE) == MAP


def test_a_kind_that_nobody_serves_cannot_be_applied() -> None:
    with pytest.raises(KubeError, match="does not serve") as caught:
        Server([status(404), status(404)]).kube().apply({**MAP, "apiVersion": "x.io/v1"}, "me")
    assert caught.value.reason == "NotServed"


def test_lists_are_read_to_their_end_and_say_of_what_kind_their_items_are() -> None:
    server = Server([ok(KINDS), ok({"items": [{"metadata": {"name": "a"}}], "metadata": {"continue": "t"}}), ok({"items": [{"metadata": {"name": "b"}}]})])
    found = server.kube().objects("v1", "ConfigMap", selector="k=v")
    assert [(item["kind"], item["metadata"]["name"]) for item in found] == [("ConfigMap", "a"), ("ConfigMap", "b")]
    assert server.asked[2][2] == {"limit": "500", "labelSelector": "k=v", "continue": "t"}


@pytest.mark.parametrize("hindrance", [status(429), status(503), BROKEN, REFUSED])
def test_reading_and_applying_are_repeated(hindrance: Answer | Unanswered) -> None:
    server = Server([hindrance, ok(KINDS), hindrance, ok(MAP), hindrance, hindrance, ok(MAP)])
    server.kube().apply(MAP, "me")
    assert not server.replies


def test_a_create_is_repeated_only_while_it_cannot_have_been_carried_out() -> None:
    server = Server([ok(KINDS), REFUSED, status(429), ok(MAP)])
    assert server.kube().create(MAP, "me") == MAP
    with pytest.raises(Unanswered):
        Server([ok(KINDS), BROKEN]).kube().create(MAP, "me")


@pytest.mark.parametrize(("hindrance", "outcome"), [(REFUSED, Unanswered), (status(503), KubeError)])
def test_patience_ends(hindrance: Answer | Unanswered, outcome: type[Exception]) -> None:
    server = Server([hindrance] * 100)
    with pytest.raises(outcome):
        server.kube(patience=20).get(WHERE)
    assert server.now <= 20
    assert server.replies, "it does not go on for ever"


def test_an_error_that_does_not_pass_is_not_repeated() -> None:
    server = Server([ok(KINDS), status(500, "InternalError", 'failed calling webhook "x"')])
    with pytest.raises(KubeError, match="webhook"):
        server.kube().get(WHERE)
    assert not server.replies


def test_the_wished_pause_is_kept_within_limits() -> None:
    assert delay(Answer(429, b"", {"Retry-After": "3"}), 0) == 3
    assert delay(Answer(429, b"", {"Retry-After": "300"}), 0) == 8
    assert delay(Answer(429, b"", {"Retry-After": "soon"}), 1) == 0.5
    assert delay(None, 30) == 8
    assert delay(Answer(409), 0) is None


def own(time: str, manager: str = "me") -> dict[str, Any]:
    return {"manager": manager, "operation": "Apply", "time": time, "fieldsV1": {"f:data": {}}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (changed(metadata={**MAP["metadata"], "resourceVersion": "1", "managedFields": [own("t1")]}), changed(status={"x": 1}), True),
        (
            changed(metadata={**MAP["metadata"], "resourceVersion": "1", "managedFields": [own("t1")]}, status={"ready": 1}),
            changed(metadata={**MAP["metadata"], "resourceVersion": "2", "managedFields": [own("t2"), own("t3", "another")]}, status={"ready": 2}),
            False,
        ),
        (changed(metadata={**MAP["metadata"], "generation": 1}), changed(metadata={**MAP["metadata"], "generation": 2}, data={"x": "2"}), True),
    ],
    ids=["fields are not ours any more", "counters, status and others differ", "content"],
)
def test_an_apply_knows_whether_it_changed_something_of_ours(before: dict[str, Any], after: dict[str, Any], expected: bool) -> None:
    result = Server([ok(KINDS), ok(before), ok(after)]).kube().apply(MAP, "me")
    assert result.changed is expected


def test_an_apply_says_who_it_is_and_can_be_tried() -> None:
    server = Server([ok(KINDS), status(404), ok(MAP, Warning='299 - "old", 299 - "bad"')])
    result = server.kube().apply(MAP, "me", force=True, dry_run=True)
    assert result.changed
    assert result.warnings == ("old", "bad")
    method, path, query, body, content_type = server.asked[-1]
    assert (method, path, content_type) == ("PATCH", "/api/v1/namespaces/n/configmaps/a", "application/apply-patch+yaml")
    assert query == {"fieldManager": "me", "force": "true", "fieldValidation": "Strict", "dryRun": "All"}
    assert body == MAP


def test_another_owner_is_a_conflict_that_names_it() -> None:
    conflict = status(409, "Conflict", 'Apply failed with 1 conflict: conflict with "kubectl": .data.x')
    with pytest.raises(KubeError, match='conflict with "kubectl"') as caught:
        Server([ok(KINDS), ok(MAP), conflict]).kube().apply(MAP, "me")
    assert caught.value.status == 409


def test_a_status_is_patched_under_the_condition_of_its_version() -> None:
    server = Server([ok(KINDS), ok(MAP)])
    server.kube().patch(WHERE, {"metadata": {"resourceVersion": "7"}, "status": {}}, "me", subresource="status")
    assert server.asked[-1][:2] == ("PATCH", "/api/v1/namespaces/n/configmaps/a/status")
    assert server.asked[-1][4] == "application/merge-patch+json"


def test_deleting_says_whether_there_was_something() -> None:
    assert Server([ok(KINDS), ok({"kind": "Status"})]).kube().delete(WHERE)
    assert not Server([ok(KINDS), status(404)]).kube().delete(WHERE)


def test_whether_a_kind_is_served_is_asked_anew_each_time() -> None:
    kube = Server([status(404), ok(KINDS), status(404)]).kube()
    assert [kube.serves("v1", "ConfigMap") for _time in range(3)] == [False, True, False]


def test_an_answer_that_is_none_of_kubernetes_is_shown() -> None:
    with pytest.raises(KubeError, match="HTTP 502 Bad Gateway"):
        Server([Answer(502, b"Bad Gateway")]).kube().get(WHERE)
    assert warnings_of(Answer(200)) == ()
