# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are no vCenter, or none that answers: each a problem of its own, none a hanging run."""

from __future__ import annotations

import functools
import socket
import ssl
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import session
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import Access, VSphereError
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session, fault_text
from pyVmomi import vim, vmodl

from tests.integration.vsphere.certificate import self_signed

Serve = Callable[[Callable[[socket.socket], None]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Run a function on every connection to a port of loopback."""
    listeners: list[socket.socket] = []

    def start(answer: Callable[[socket.socket], None]) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def work() -> None:
            while True:
                try:
                    answer(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=work, daemon=True).start()
        port: int = listener.getsockname()[1]
        return port

    yield start
    for listener in listeners:
        listener.close()


def code(port: int, ca_path: Path) -> str:
    with pytest.raises(VSphereError) as caught:
        Session(Access("a", "127.0.0.1", "user", "secret", port, str(ca_path)), read_only=True).open()
    assert "secret" not in str(caught.value)
    return caught.value.problem.code


def over_tls(certificate: tuple[Path, Path], said: bytes, kept: list[socket.socket]) -> Callable[[socket.socket], None]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)

    def answer(plain: socket.socket) -> None:
        try:
            secure = context.wrap_socket(plain, server_side=True)
            if said:
                secure.recv(4096)
                secure.sendall(said)
                secure.close()
            kept.append(secure)
        except ssl.SSLError:
            plain.close()

    return answer


def test_no_tls_at_all(serve: Serve, tmp_path: Path) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
        connection.close()

    assert code(serve(answer), self_signed(tmp_path)[0]) == "V-TLS"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"], ids=["silence", "404"])
def test_tls_but_no_vcenter(said: bytes, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "ANSWER_SECONDS", 0.5)
    certificate = self_signed(tmp_path)
    kept: list[socket.socket] = []
    port = serve(over_tls(certificate, said, kept))
    try:
        assert code(port, certificate[0]) == "V-NO-VCENTER"
    finally:
        socket.setdefaulttimeout(None)
        for connection in kept:
            connection.close()


@pytest.mark.parametrize(("breaks", "calls"), [(1, 2), (2, 2)], ids=["once", "again"])
def test_a_call_that_did_not_arrive_is_made_once_more(breaks: int, calls: int) -> None:
    """A kept connection that has ended is noticed when something is sent over it. An answer that is lost is another matter: then nobody knows."""
    made: list[str] = []

    def invoke(_managed: object, info: types.SimpleNamespace, _args: object, _outer: object) -> str:
        made.append(info.wsdlName)
        if len(made) <= breaks:
            raise BrokenPipeError(32, "Broken pipe")
        return "done"

    stub = types.SimpleNamespace(InvokeMethod=invoke)
    Session(Access("a", "127.0.0.1", "user", "secret"), read_only=False)._count(stub)
    call = functools.partial(stub.InvokeMethod, None, types.SimpleNamespace(wsdlName="CloneVM_Task"), ())
    if breaks < calls:
        assert call() == "done"
    else:
        with pytest.raises(BrokenPipeError):
            call()
    assert len(made) == calls


def test_an_answer_that_is_lost_repeats_nothing() -> None:
    made: list[str] = []

    def invoke(_managed: object, info: types.SimpleNamespace, _args: object, _outer: object) -> str:
        made.append(info.wsdlName)
        raise ConnectionResetError(104, "reset")

    stub = types.SimpleNamespace(InvokeMethod=invoke)
    Session(Access("a", "127.0.0.1", "user", "secret"), read_only=False)._count(stub)
    with pytest.raises(ConnectionResetError):
        stub.InvokeMethod(None, types.SimpleNamespace(wsdlName="CloneVM_Task"), ())
    assert made == ["CloneVM_Task"]


def test_the_password_is_not_in_the_representation() -> None:
    assert "secret" not in repr(Access("a", "127.0.0.1", "user", "secret"))


def test_faults_in_words() -> None:
    assert fault_text(vim.fault.DuplicateName(msg="The name exists.")) == "DuplicateName: The name exists."
    assert fault_text(vmodl.fault.ManagedObjectNotFound()) == "ManagedObjectNotFound"
    assert fault_text(ConnectionResetError(104, "reset")) == "ConnectionResetError: [Errno 104] reset"
