# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients of GitHub and Forgejo against replies that were written by hand from the descriptions of their APIs; no server of either was there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.forge import KINDS, ForgeAway, Rest, approvals
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import MovedOn, NotAllowed

SHA = "a" * 40
OTHER = "b" * 40
TOKEN = "planted-token"


class Server:
    """Replies by method and the path behind the repository; what was asked is kept."""

    def __init__(self, replies: dict[str, tuple[int, Any]]) -> None:
        self.replies = replies
        self.asked: list[tuple[str, str, Any]] = []

    def __call__(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes]:
        assert headers["Authorization"] == f"token {TOKEN}"
        assert TOKEN not in address
        path = address.removeprefix("https://forge.example.org/api/repos/ops/clusters")
        assert path != address
        self.asked.append((method, path, json.loads(body) if body else None))
        status, document = self.replies[f"{method} {path.partition('?')[0]}"]
        return status, document if isinstance(document, bytes) else json.dumps(document).encode()


def client(kind: str, replies: dict[str, tuple[int, Any]]) -> tuple[Any, Server]:
    server = Server(replies)
    return KINDS[kind](Rest("https://forge.example.org/api/", "git@git.example.org:ops/clusters.git", TOKEN, server)), server


def pull(number: int, ref: str = "promotion/prod") -> dict[str, Any]:
    return {"number": number, "html_url": f"https://forge.example.org/{number}", "state": "open", "head": {"ref": ref, "sha": SHA}}


def review(login: str, state: str, commit: str = SHA, **more: Any) -> dict[str, Any]:
    return {"user": {"login": login}, "state": state, "commit_id": commit, **more}


@pytest.mark.parametrize("kind", KINDS)
def test_a_pull_request_is_opened_once(kind: str) -> None:
    forge, server = client(kind, {"GET /pulls": (200, []), "POST /pulls": (201, pull(7))})
    assert forge.propose("promotion/prod", "main", "Promote", "why") == "https://forge.example.org/7"
    assert server.asked[-1] == ("POST", "/pulls", {"title": "Promote", "head": "promotion/prod", "base": "main", "body": "why"})
    forge, server = client(kind, {"GET /pulls": (200, [pull(8)])})
    assert forge.propose("promotion/prod", "main", "Promote", "why") == "https://forge.example.org/8"


def test_github_asks_for_the_branch() -> None:
    forge, server = client("github", {"GET /pulls": (200, [])})
    assert forge.approvers("promotion/prod", SHA) == frozenset()
    assert "head=ops%3Apromotion%2Fprod" in server.asked[0][1]


def test_forgejo_looks_for_the_branch_on_every_page() -> None:
    class Paged(Server):
        def __call__(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes]:
            if "/pulls?" in address:
                page = int(address.rpartition("page=")[2])
                found = [pull(number, "other") for number in range(50)] if page == 1 else [pull(51)]
                return 200, json.dumps(found).encode()
            return super().__call__(method, address, headers, body)

    server = Paged({"GET /pulls/51/reviews": (200, [review("ben", "APPROVED", official=True, stale=False, dismissed=False)])})
    forge = KINDS["forgejo"](Rest("https://forge.example.org/api", "ssh://git@git.example.org:22/ops/clusters", TOKEN, server))
    assert forge.approvers("promotion/prod", SHA) == {"ben"}


@pytest.mark.parametrize(
    ("reviews", "expected"),
    [
        ([review("ben", "APPROVED")], {"ben"}),
        ([review("ben", "APPROVED", OTHER)], set()),
        ([review("ben", "APPROVED", stale=True)], set()),
        ([review("ben", "APPROVED", dismissed=True)], set()),
        ([review("ben", "APPROVED"), review("ben", "CHANGES_REQUESTED")], set()),
        ([review("ben", "APPROVED"), review("ben", "REQUEST_CHANGES")], set()),
        ([review("ben", "DISMISSED")], set()),
        ([review("ben", "CHANGES_REQUESTED"), review("ben", "APPROVED")], {"ben"}),
        ([review("ben", "APPROVED"), review("ben", "COMMENTED")], {"ben"}),
        ([review("ben", "COMMENT"), review("eve", "PENDING")], set()),
        ([review("ben", "APPROVED"), review("ben", "APPROVED", OTHER)], set()),
    ],
)
def test_whose_approval_counts(reviews: list[dict[str, Any]], expected: set[str]) -> None:
    assert approvals(reviews, SHA) == expected


@pytest.mark.parametrize(
    ("kind", "method", "body"),
    [
        ("github", "PUT", {"sha": SHA, "merge_method": "merge", "commit_message": "text"}),
        ("forgejo", "POST", {"Do": "merge", "head_commit_id": SHA, "MergeMessageField": "text"}),
    ],
)
def test_it_merges_what_was_approved_and_nothing_else(kind: str, method: str, body: dict[str, str]) -> None:
    forge, server = client(kind, {"GET /pulls": (200, [pull(7)]), f"{method} /pulls/7/merge": (200, {"merged": True} if kind == "github" else b"")})
    forge.merge("promotion/prod", SHA, "text")
    assert server.asked[-1] == (method, "/pulls/7/merge", body)
    forge, _server = client(kind, {"GET /pulls": (200, [pull(7)]), f"{method} /pulls/7/merge": (409, {"message": "Head branch was modified"})})
    with pytest.raises(MovedOn, match="Head branch was modified"):
        forge.merge("promotion/prod", SHA, "text")
    forge, _server = client(kind, {"GET /pulls": (200, [pull(7)]), f"{method} /pulls/7/merge": (405, {"message": "needs a check"})})
    with pytest.raises(NotAllowed, match="needs a check"):
        forge.merge("promotion/prod", SHA, "text")
    forge, _server = client(kind, {"GET /pulls": (200, [])})
    with pytest.raises(NotAllowed, match="is not open any more"):
        forge.merge("promotion/prod", SHA, "text")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("status", "said"), [(401, "is not valid"), (403, "may not do that"), (404, "may not see it"), (500, "see what it says")])
def test_refusals_name_the_address_and_never_the_token(kind: str, status: int, said: str) -> None:
    forge, _server = client(kind, {"GET /pulls": (status, {"message": "no"})})
    with pytest.raises(NotAllowed, match=said) as refused:
        forge.approvers("promotion/prod", SHA)
    assert TOKEN not in str(refused.value)
    assert "forge.example.org" in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_forge_that_is_away_or_speaks_in_pages(kind: str) -> None:
    def dead(*_arguments: object) -> tuple[int, bytes]:
        raise ConnectionRefusedError("connection refused")

    forge = KINDS[kind](Rest("https://forge.example.org/api", "git@git.example.org:ops/clusters.git", TOKEN, dead))
    with pytest.raises(ForgeAway, match="run again when it is back"):
        forge.approvers("promotion/prod", SHA)
    forge, _server = client(kind, {"GET /pulls": (502, b"<html>Bad gateway</html>")})
    with pytest.raises(ForgeAway, match="no JSON"):
        forge.approvers("promotion/prod", SHA)
