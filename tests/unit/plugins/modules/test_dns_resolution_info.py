# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module: arguments in, problems out, nothing changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.groundwork.platform.plugins.module_utils import _resolution
from ansible_collections.groundwork.platform.plugins.modules import dns_resolution_info


def run(capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        dns_resolution_info.main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_names_that_resolve(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, records=[{"name": "localhost", "value": "127.0.0.1"}], reverse=False, _ansible_check_mode=True)
    assert (result["changed"], result["problems"], result["checked"]) == (False, [], 1)


def test_names_that_do_not(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a name server answers is another matter."""
    monkeypatch.setattr(_resolution, "addresses_of", lambda _name: [])
    result = run(capsys, records=[{"name": "no-such-name.invalid", "value": "192.0.2.1"}], reverse=False)
    assert result["problems"] == ["no-such-name.invalid does not resolve; create: no-such-name.invalid. IN A 192.0.2.1"]


def test_other_types_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, records=[{"name": "a.example.org", "value": "b.example.org", "type": "CNAME"}])
    assert result["failed"]
    assert "value of type must be one of: A" in result["msg"]
