# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who answers is in use: loopback does on every port, a reserved address (RFC 6890) never."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.groundwork.platform.plugins.modules import address_in_use_info

from tests.support.ports import reserved


def run(capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        address_in_use_info.main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_a_listener_is_found_by_its_first_port(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        result = run(capsys, addresses=["127.0.0.1"], ports=[port, 1], _ansible_check_mode=True)
    assert result == {"changed": False, "in_use": {"127.0.0.1": f"accepts connections on port {port}"}, "invocation": result["invocation"]}


def test_a_refusal_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with reserved() as (port,):
        assert run(capsys, addresses=["127.0.0.1"], ports=[port])["in_use"] == {"127.0.0.1": f"refuses connections on port {port}"}


def test_silence_is_free(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_question: object) -> socket.socket:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", silent)
    assert run(capsys, addresses=["192.0.2.21", "192.0.2.22"], timeout=0.1)["in_use"] == {}
