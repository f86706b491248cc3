# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module over an API that keeps Secrets: one token for each description, revoked by it, never shown unasked."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import bootstrap_token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from ansible_collections.groundwork.platform.plugins.modules import k3s_bootstrap_token as module

ARGUMENTS: dict[str, Any] = {"state": "present", "description": "rack 4", "ttl": 600, "reveal": True}


class Api:
    """Secrets by name, as kube-apiserver keeps and returns them."""

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, Any]] = {}

    def __call__(self, url: str, method: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
        name = url.rpartition("/")[2]
        if method == "POST" and body is not None:
            data = {key: base64.b64encode(value.encode()).decode() for key, value in body["stringData"].items()}
            self.secrets[body["metadata"]["name"]] = {"data": data}
            return 201, b"{}"
        if method == "DELETE":
            return (200, b"{}") if self.secrets.pop(name, None) else (404, b'{"message": "not found"}')
        return 200, json.dumps({"items": list(self.secrets.values())}).encode()


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths(root=tmp_path)
    found.ca.parent.mkdir(parents=True)
    found.ca.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    return found


def test_a_token_is_made_once_and_returned_again(paths: Paths) -> None:
    api = Api()
    first, second = (module.act(ARGUMENTS, paths, api, check_mode=False) for _unused in range(2))
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["token"] == second["token"]
    assert re.fullmatch(r"K10[0-9a-f]{64}::[a-z0-9]{6}\.[a-z0-9]{16}", first["token"])
    assert first["id"] in next(iter(api.secrets))
    assert len(api.secrets) == 1


def test_it_is_shown_only_when_asked_for(paths: Paths) -> None:
    api = Api()
    made = module.act(ARGUMENTS | {"reveal": False}, paths, api, check_mode=False)
    (held,) = map(bootstrap_token.from_secret, api.secrets.values())
    assert held.password not in repr(made)


def test_one_that_has_ended_is_followed_by_another(paths: Paths) -> None:
    api = Api()
    ended = bootstrap_token.generate("rack 4", time.time() - 1)
    api(bootstrap_token.URL, "POST", bootstrap_token.to_secret(ended))
    made = module.act(ARGUMENTS, paths, api, check_mode=False)
    assert made["changed"]
    assert made["id"] != ended.identifier


def test_only_its_own_are_revoked(paths: Paths) -> None:
    api = Api()
    for description in ("rack 4", "rack 5"):
        module.act(ARGUMENTS | {"description": description}, paths, api, check_mode=False)
    gone = ARGUMENTS | {"state": "absent"}
    assert [module.act(gone, paths, api, check_mode=False)["changed"] for _unused in range(2)] == [True, False]
    assert [bootstrap_token.from_secret(secret).description for secret in api.secrets.values()] == ["rack 5"]


def test_check_mode_asks_and_changes_nothing(paths: Paths) -> None:
    api = Api()
    would = module.act(ARGUMENTS, paths, api, check_mode=True)
    assert would["changed"]
    assert "token" not in would
    assert api.secrets == {}


@pytest.mark.parametrize(
    ("answer", "text"), [(None, "does not answer"), ((403, b'{"message": "forbidden"}'), "answered 403 to GET of bootstrap tokens: forbidden")]
)
def test_an_api_that_refuses(paths: Paths, answer: tuple[int, bytes] | None, text: str) -> None:
    with pytest.raises(module.NoAnswerError, match=text):
        module.act(ARGUMENTS, paths, lambda *_unused: answer, check_mode=False)
