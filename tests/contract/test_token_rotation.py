# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``k3s token rotate`` and what it leaves to the operator (k3s-contract 3.2, 3.3)."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from .clusters import DIFFERENT, LATER, NEWER, accepts, begin, bootstrap_keys, configure, passwords, refused, start, url
from .host import SERVER, Host, Result

pytestmark = pytest.mark.long

OLD = "old-server-password-0123456789ab"
NEW = "new-server-password-0123456789ab"
NEWEST = "newest-server-password-012345678"
FINGERPRINT = "etcd.k3s.cattle.io/snapshot-token-hash"
DONE = "Token rotated, restart k3s nodes with new token"


def rotate(host: Host, arguments: str = "") -> Result:
    return host.sh(f"/usr/local/bin/k3s token rotate {arguments}")


@pytest.mark.row("token-rotate")
@pytest.mark.row("token-rotate-restart")
def test_rotation_moves_the_files_at_once_and_the_acceptance_at_the_restart(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], OLD)
    result = rotate(first, f"--new-token {NEW}")
    assert result.status == 0
    assert "WARNING" in result.output.splitlines()[0]
    assert result.output.splitlines()[-1] == DONE
    assert passwords(first) == {"server": NEW, "node": NEW}
    assert first.password() == NEW
    assert bootstrap_keys(first) == [f"/bootstrap/{hashlib.sha256(NEW.encode()).hexdigest()[:12]}"]
    assert accepts(first, OLD)
    assert not accepts(first, NEW)
    stale = first.sh("/usr/local/bin/k3s etcd-snapshot save")
    assert stale.status == 1
    assert "not authorized" in stale.output
    assert rotate(first).status == 1
    start(first, NEW)
    assert accepts(first, NEW)
    assert not accepts(first, OLD)
    assert first.sh("/usr/local/bin/k3s etcd-snapshot save").status == 0


@pytest.mark.row("token-rotate")
def test_without_a_new_token_one_is_made_and_not_shown(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], OLD, agent_token="agent-password-0123456789abcdef")
    result = rotate(first)
    assert result.status == 0
    assert re.fullmatch(r"[0-9a-f]{32}", first.password())
    assert first.password() not in result.output
    assert passwords(first) == {"server": first.password(), "node": "agent-password-0123456789abcdef"}


@pytest.mark.row("token-rotate-refused")
def test_wrong_current_token_and_bootstrap_form_are_refused(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], OLD)
    wrong = rotate(first, f"--token wrong-password-0123456789abcdef --new-token {NEW}")
    assert wrong.status == 1
    assert "WARNING" in wrong.output
    assert "Error: not authorized" in wrong.output
    assert rotate(first, "--new-token abcdef.0123456789abcdef").status == 1
    assert passwords(first)["server"] == OLD
    assert accepts(first, OLD)


@pytest.mark.row("token-rotate-stale")
def test_a_second_rotation_through_a_stale_peer_breaks_that_peer(hosts: list[Host]) -> None:
    first, peer = hosts[:2]
    begin([first, peer], OLD)
    assert rotate(first, f"--new-token {NEW}").status == 0
    start(first, NEW)
    peer.out(LATER)
    result = rotate(peer, f"--token {OLD} --new-token {NEWEST}")
    assert result.status == 1
    assert re.search(r"Error: Internal error occurred: token error ID \d+", result.output)
    assert passwords(peer)["server"] == NEWEST
    assert peer.password() == NEWEST
    assert accepts(first, NEW)
    peer.stop()
    status, output = refused(peer, NEW, server=url(first))
    assert status == 1
    assert NEWER in output


@pytest.mark.row("token-rotate-quorum")
def test_rotation_without_quorum_hangs_and_leaves_files_ahead_of_the_datastore(hosts: list[Host]) -> None:
    first, peer = hosts[:2]
    begin([first, peer], OLD)
    peer.sh("systemctl kill --signal=KILL k3s; systemctl stop k3s")
    first.out(f"{LATER}; (k3s token rotate --new-token {NEW} >/run/rotate 2>&1; echo status $? >>/run/rotate) </dev/null >/dev/null 2>&1 &")
    first.wait("new password on disk", lambda: passwords(first)["server"] == NEW)
    assert first.password() == NEW
    assert "status" not in first.read("/run/rotate")
    first.stop()
    first.wait("end of the rotation", lambda: "status 1" in first.read("/run/rotate"))
    assert "/v1-k3s/token" in first.read("/run/rotate")
    assert DONE not in first.read("/run/rotate")
    assert DIFFERENT in refused(first, NEW)[1]
    status, output = refused(first, OLD)
    assert status == 1
    assert NEWER in output
    first.out(f"rm {SERVER}/cred/passwd")
    first.start()
    peer.start()
    first.wait_active()
    assert accepts(first, OLD)


@pytest.mark.row("token-rotate-down")
def test_a_server_that_was_down_takes_the_new_token_only_from_a_peer(hosts: list[Host]) -> None:
    down, second, third = hosts
    begin(hosts, OLD)
    down.stop()
    assert rotate(second, f"--new-token {NEW}").status == 0
    for host, peer in ((second, third), (third, second)):  # either may end while the other restarts: two of three have no spare
        configure(host, NEW, server=url(peer))
    for host in (second, third):
        host.start()
    for host in (second, third):
        host.wait_active()
    status, output = refused(down, NEW)
    assert status == 1
    assert f"failed to reconcile with local datastore: {DIFFERENT}" in output
    status, output = refused(down, OLD, server=url(second))
    assert status == 0
    assert "Shutdown request received" in output
    assert DIFFERENT in output
    start(down, NEW, server=url(second))
    assert accepts(down, NEW)
    assert passwords(down)["server"] == NEW


@pytest.mark.row("token-fingerprint")
def test_a_server_not_restarted_stamps_the_old_fingerprint(hosts: list[Host]) -> None:
    first = hosts[0]
    begin([first], OLD)
    assert rotate(first, f"--new-token {NEW}").status == 0

    def stamped(name: str, password: str) -> set[str]:
        """Saves until an object tells: right after a start they are late, and the first look at all files may take one away again."""
        seen: set[str] = set()

        def saved() -> bool:
            assert first.sh(f"/usr/local/bin/k3s etcd-snapshot save --name {name} --etcd-token {password}").status == 0
            files = json.loads(first.kubectl("get etcdsnapshotfile -o json").output)["items"]
            found = [file["metadata"].get("annotations", {}) for file in files if file["spec"]["snapshotName"].startswith(f"{name}-")]
            seen.update(annotations[FINGERPRINT] for annotations in found if FINGERPRINT in annotations)
            return bool(seen)

        first.wait("fingerprint", saved)
        return seen

    assert stamped("stale", OLD) == {hashlib.sha256(OLD.encode()).hexdigest()[:12]}
    start(first, NEW)
    assert stamped("current", NEW) == {hashlib.sha256(NEW.encode()).hexdigest()[:12]}
