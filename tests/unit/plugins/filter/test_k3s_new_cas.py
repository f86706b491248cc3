# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a folder on the controller to what a host lacks."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.groundwork.platform.plugins.filter.k3s_new_cas import FilterModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, to_dict

from tests.support.authorities import CA, renewed

FILTERS = FilterModule().filters()


def test_new_cas_and_who_lacks_them(tmp_path: Path) -> None:
    old = CA.root("server-ca")
    renewed(old).write(tmp_path / "tls/server-ca")
    found = FILTERS["k3s_new_cas"](str(tmp_path), {"server-ca.crt": old.chain.decode()})
    assert found["problems"] == ()
    assert found["files"] == ("server-ca.crt", "server-ca.key")
    assert found["paths"] == ["/var/lib/rancher/k3s/server/tls/server-ca.crt", "/var/lib/rancher/k3s/agent/server-ca.crt"]
    assert "PRIVATE KEY" not in repr(found)
    has = {path: {"sha256": found["wanted"]["server-ca.crt"], "mode": "0644"} for path in found["paths"]}
    assert FILTERS["k3s_lacking_cas"](to_dict(Observation("a", "amd64", files=has)), found["wanted"], "server") == []
    assert FILTERS["k3s_lacking_cas"](to_dict(Observation("a", "amd64")), found["wanted"], "agent") == ["server-ca.crt"]
