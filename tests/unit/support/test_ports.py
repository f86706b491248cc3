# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports that are told to a server before it listens: nobody else gets them meanwhile."""

from __future__ import annotations

import socket

import pytest

from tests.support.ports import reserved


def test_a_server_can_listen_there_and_until_then_who_connects_is_refused() -> None:
    with reserved(2) as (port, other):
        assert port != other
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)) as found:
            assert found.getpeername() == ("127.0.0.1", port)


def test_nobody_else_gets_it() -> None:
    with reserved() as (port,), socket.socket() as somebody, pytest.raises(OSError, match="in use"):
        somebody.bind(("127.0.0.1", port))
