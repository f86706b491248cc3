# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull requests of GitHub, and of Forgejo and Gitea. Tested against replies written by hand from the descriptions of their APIs."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import MovedOn, NotAllowed, PromotionError

#: (method, address, headers, body) → (status, body). Raises OSError.
Transport = Callable[[str, str, Mapping[str, str], bytes | None], tuple[int, bytes]]
OWNER_AND_NAME = re.compile(r"[:/]([^/:]+)/([^/]+?)(?:\.git)?$")
REMEDY = {
    401: "the token (secret git/token) is not valid",
    403: "the token (secret git/token) may not do that",
    404: "the repository is not there, or the token (secret git/token) may not see it",
}


class ForgeAway(PromotionError):
    """The forge does not answer, or answers with what we do not know."""


class Rest:
    """JSON over HTTP, below the address of one repository. The token goes into a header and nowhere else."""

    def __init__(self, api: str, repository: str, token: str, transport: Transport) -> None:
        found = OWNER_AND_NAME.search(repository)
        self.owner, name = (found[1], found[2]) if found else ("", repository)
        self._base = f"{api.rstrip('/')}/repos/{self.owner}/{name}"
        self._headers = {"Accept": "application/json", "Content-Type": "application/json", "Authorization": f"token {token}"}
        self._transport = transport

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, also: Iterable[int] = ()) -> tuple[int, Any]:
        """Status and document; a status of an error is raised unless it is one of ``also``."""
        address = self._base + path
        try:
            status, content = self._transport(method, address, self._headers, None if body is None else json.dumps(body).encode())
        except OSError as problem:
            raise ForgeAway(f"the forge cannot be asked ({address}): {problem}; run again when it is back") from None
        try:
            document = json.loads(content) if content.strip() else None
        except ValueError:
            raise ForgeAway(f"the forge answers something that is no JSON ({method} {address}, HTTP {status})") from None
        if status >= 400 and status not in also:
            said = document.get("message", "") if isinstance(document, dict) else ""
            raise NotAllowed(f"the forge refuses {method} {address} (HTTP {status}): {said or 'no reason'}; {REMEDY.get(status, 'see what it says')}")
        return status, document

    def pages(self, path: str, per_page: str) -> list[dict[str, Any]]:
        """A list, however many pages it has. ``per_page`` is what the forge calls the length of one."""
        found: list[dict[str, Any]] = []
        joint = "&" if "?" in path else "?"
        while True:
            _status, page = self.ask("GET", f"{path}{joint}{per_page}=50&page={len(found) // 50 + 1}")
            found += page or []
            if len(page or []) < 50:
                return found


def approvals(reviews: Iterable[Mapping[str, Any]], commit: str) -> frozenset[str]:
    """Who approved this commit and did not say otherwise since; reviews come in order of time, comments say nothing."""
    last: dict[str, bool] = {}
    for review in reviews:
        login = str((review.get("user") or {}).get("login"))
        state = str(review.get("state"))
        if state in ("CHANGES_REQUESTED", "REQUEST_CHANGES", "DISMISSED") or review.get("dismissed"):
            last[login] = False
        elif state == "APPROVED":
            last[login] = review.get("commit_id") == commit and not review.get("stale")
    return frozenset(login for login, approved in last.items() if approved)


class GitHub:
    """REST of GitHub, version 2022-11-28."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def approvers(self, branch: str, commit: str) -> frozenset[str]:
        """Who approved."""
        pull = self._pull(branch)
        return approvals(self._rest.pages(f"/pulls/{pull['number']}/reviews", "per_page"), commit) if pull else frozenset()

    def propose(self, branch: str, base: str, title: str, body: str) -> str:
        """The address of the pull request."""
        pull = self._pull(branch)
        if pull is None:
            _status, pull = self._rest.ask("POST", "/pulls", {"title": title, "head": branch, "base": base, "body": body})
        return str((pull or {}).get("html_url"))

    def merge(self, branch: str, commit: str, text: str) -> None:
        """With a merge commit, so that the approved commit itself stands on the branch."""
        pull = _there(self._pull(branch), branch)
        wanted = {"sha": commit, "merge_method": "merge", "commit_message": text}
        status, said = self._rest.ask("PUT", f"/pulls/{pull['number']}/merge", wanted, also=(405, 409))
        _merged(status, said)

    def _pull(self, branch: str) -> dict[str, Any] | None:
        query = urllib.parse.urlencode({"state": "open", "head": f"{self._rest.owner}:{branch}"})
        return next(iter(self._rest.pages(f"/pulls?{query}", "per_page")), None)


class Forgejo:
    """REST of Forgejo and Gitea, version 1."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def approvers(self, branch: str, commit: str) -> frozenset[str]:
        """Who approved."""
        pull = self._pull(branch)
        return approvals(self._rest.pages(f"/pulls/{pull['number']}/reviews", "limit"), commit) if pull else frozenset()

    def propose(self, branch: str, base: str, title: str, body: str) -> str:
        """The address of the pull request."""
        pull = self._pull(branch)
        if pull is None:
            _status, pull = self._rest.ask("POST", "/pulls", {"title": title, "head": branch, "base": base, "body": body})
        return str((pull or {}).get("html_url"))

    def merge(self, branch: str, commit: str, text: str) -> None:
        """With a merge commit, so that the approved commit itself stands on the branch."""
        pull = _there(self._pull(branch), branch)
        wanted = {"Do": "merge", "head_commit_id": commit, "MergeMessageField": text}
        status, said = self._rest.ask("POST", f"/pulls/{pull['number']}/merge", wanted, also=(405, 409))
        _merged(status, said)

    def _pull(self, branch: str) -> dict[str, Any] | None:
        """It cannot be asked for by its branch."""
        return next((pull for pull in self._rest.pages("/pulls?state=open", "limit") if (pull.get("head") or {}).get("ref") == branch), None)


KINDS: dict[str, type[GitHub | Forgejo]] = {"github": GitHub, "forgejo": Forgejo}


def _there(pull: dict[str, Any] | None, branch: str) -> dict[str, Any]:
    if pull is None:
        raise NotAllowed(f"the pull request of {branch} is not open any more; run again, and it is proposed anew once the branch {branch} is deleted")
    return pull


def _merged(status: int, said: Any) -> None:
    reason = said.get("message", "") if isinstance(said, dict) else ""
    if status == 409:
        raise MovedOn(f"the forge did not merge, because the branch is not what was approved: {reason}")
    if status == 405:
        raise NotAllowed(f"the forge does not merge: {reason or 'a rule of the branch is not met'}; see its pull request")
