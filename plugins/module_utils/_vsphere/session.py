# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One login to one vCenter: one try of the password, and a count of every call."""

from __future__ import annotations

import collections
import contextlib
import http.client
import operator
import socket
import threading
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Problem
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import Access, VSphereError, tls_context

try:
    from pyVim.connect import SmartStubAdapter
    from pyVmomi import vim, vmodl
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
    CALL_ERRORS: tuple[type[Exception], ...] = (OSError, http.client.HTTPException)
else:
    IMPORT_ERROR = None
    # What a call may raise: a fault, a broken connection, or an HTTP status that is no SOAP answer (503 while it starts).
    CALL_ERRORS = (vmodl.MethodFault, OSError, http.client.HTTPException)

moid_of: t.Callable[[t.Any], str] = operator.attrgetter("_moId")  # pyvmomi has no public name for a managed object's id
ANSWER_SECONDS = 30.0
HTTP_SECONDS = 120.0
LOGINS = 3  # a session that idles out, or that an administrator ends, is opened again, but not for ever
READING = (
    *("RetrieveContent", "RetrieveServiceContent", "Login", "Logout", "CurrentTime", "CreateContainerView", "DestroyView"),
    *("RetrieveProperties", "RetrievePropertiesEx", "ContinueRetrievePropertiesEx", "QueryConfigOptionDescriptor"),
    "HasPrivilegeOnEntities",
    *("CreateFilter", "CreatePropertyCollector", "DestroyPropertyCollector", "DestroyPropertyFilter", "WaitForUpdatesEx"),
)


class Session:
    """A vCenter, logged in between open and close. ``read_only`` refuses every call that is not known to only read."""

    def __init__(self, access: Access, read_only: bool) -> None:
        self.access = access
        self.read_only = read_only
        self.calls: collections.Counter[str] = collections.Counter()
        self.changed = False  # a call that changes something was taken, or nobody knows whether it was
        self.content: t.Any = None
        self.stub: t.Any = None
        self.key = self.user = ""  # of this session and of its account, as the vCenter calls them
        self.collector: t.Any = None  # by which changes are followed
        self.view: t.Any = None  # of the whole inventory
        self._lock = threading.Lock()
        self._relogin = threading.Lock()
        self._logins = 0  # beside the first

    def open(self) -> None:
        """Connect and log in, once; raises VSphereError."""
        access = self.access
        context = tls_context(access)
        socket.setdefaulttimeout(ANSWER_SECONDS)  # pyvmomi asks which API versions there are without a timeout of its own
        try:
            stub = SmartStubAdapter(host=access.hostname, port=access.port, sslContext=context, httpConnectionTimeout=HTTP_SECONDS)
        except Exception as error:
            raise VSphereError(self._problem("V-NO-VCENTER", f"does not answer as a vCenter ({error})", "check hostname and port")) from error
        self._count(stub)
        self.stub = stub
        try:
            self.content = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
            self._log_in()
        except vim.fault.InvalidLogin as error:
            self.content = None
            reason = f"refuses the password of {access.username}; it was tried once"
            raise VSphereError(self._problem("V-LOGIN", reason, "correct the secret before the account is locked")) from error
        except CALL_ERRORS as error:
            self.content = None
            reason = f"does not let {access.username} in: {fault_text(error)}"
            raise VSphereError(self._problem("V-NO-LOGIN", reason, "check the account's permission and that the vCenter is up")) from error

    def close(self) -> None:
        """Log out; a vCenter that is gone by now has ended the session itself."""
        if self.content is None:
            return
        with contextlib.suppress(*CALL_ERRORS):
            self.content.sessionManager.Logout()
        self.content = None

    def counters(self) -> dict[str, t.Any]:
        """Calls so far: in all, those that change something, and each by name."""
        changing = sum(number for method, number in self.calls.items() if method not in READING)
        return {"total": sum(self.calls.values()), "mutating": changing, "methods": dict(sorted(self.calls.items()))}

    def _log_in(self) -> None:
        opened = self.content.sessionManager.Login(self.access.username, self.access.password, None)
        self.key, self.user = str(opened.key), str(opened.userName)

    def _log_in_again(self, before: int) -> bool:
        """After a session was ended from outside: whether there is one again. ``before`` are the logins when the call was made."""
        with self._relogin:
            if self._logins == before and before < LOGINS:
                self._logins = LOGINS  # an account that is refused now is not tried again
                self._log_in()
                self._logins = before + 1
                return True
            return before < self._logins < LOGINS

    def _count(self, stub: t.Any) -> None:
        """Count every call, refuse what a run that only reads must not call, and repeat what an ended session was refused."""
        invoke = stub.InvokeMethod

        def counted(managed: t.Any, info: t.Any, args: t.Any, outer: t.Any = None) -> t.Any:
            method = info.wsdlName
            if self.read_only and method not in READING:
                raise VSphereError(self._problem("V-READ-ONLY", f"{method} was about to be called in a run that only reads", "report this as a bug"))
            logins = self._logins
            try:
                return self._noted(method, invoke, managed, info, args, outer)
            except vim.fault.NotAuthenticated:  # nothing was done
                if method in ("Login", "Logout") or not self._log_in_again(logins):
                    raise
            return self._noted(method, invoke, managed, info, args, outer)

        stub.InvokeMethod = counted

    def _noted(self, method: str, invoke: t.Callable[..., t.Any], *arguments: t.Any) -> t.Any:
        with self._lock:
            self.calls[method] += 1
        refused = False
        try:
            return _sent(invoke, *arguments)
        except vmodl.MethodFault:
            refused = True
            raise
        finally:
            self.changed |= method not in READING and not refused

    def _problem(self, code: str, reason: str, remedy: str) -> Problem:
        return Problem(code, f"{self.access.name} ({self.access.hostname}:{self.access.port})", reason, remedy)


def _sent(invoke: t.Callable[..., t.Any], *arguments: t.Any) -> t.Any:
    """Call; once more over a new connection where a kept one had ended unnoticed, so that nothing of the call arrived."""
    try:
        return invoke(*arguments)
    except BrokenPipeError:  # pyvmomi has thrown the connection away
        return invoke(*arguments)


def fault_text(fault: BaseException) -> str:
    """A fault in words: its own message if it brings one, and always its type, which the vSphere API documents."""
    name = type(fault).__name__.rpartition(".")[2]
    message = (
        getattr(fault, "localizedMessage", "") or getattr(fault, "msg", "") or (str(fault) if isinstance(fault, (OSError, http.client.HTTPException)) else "")
    )
    return f"{name}: {message}" if message else name
