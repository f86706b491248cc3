# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter that turns what was seen on all hosts into the next step of a rotation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import agent_rotation, ca_rotation, certificate_rotation, key_rotation, rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, from_dict

Hosts = rotation.Hosts
Looks = Mapping[str, Mapping[str, Any] | None]
#: All that K3s's kubeconfig holds of a server's certificates.
_KUBECONFIG = ("client-admin.crt",)


def k3s_rotation_step(servers: Looks, agents: Looks | None = None, kind: str = "server", **options: Any) -> dict[str, Any]:
    """Decide from what k3s_node_info returned on each host, by name; nothing for a host that was not reached."""
    seen, beside = _observations(servers), _observations(agents or {})
    return dataclasses.asdict(_PLANNERS[kind](seen, beside, **options))


def _server(seen: Hosts, beside: Hosts, begin: bool = False) -> rotation.Step:
    return rotation.next_step(seen, beside, begin)


def _agent(seen: Hosts, beside: Hosts, begin: bool = False, change: bool = True) -> rotation.Step:
    return agent_rotation.next_step(seen, beside, change, begin)


def _certificates(seen: Hosts, beside: Hosts, since: float) -> rotation.Step:
    return certificate_rotation.next_step(seen, beside, since)


def _kubeconfig(seen: Hosts, _beside: Hosts, since: float) -> rotation.Step:
    return certificate_rotation.next_step(seen, {}, since, _KUBECONFIG)


def _encryption_keys(seen: Hosts, _beside: Hosts, since: float) -> rotation.Step:
    return key_rotation.next_step(seen, since)


def _ca(seen: Hosts, beside: Hosts, wanted: Mapping[str, str]) -> rotation.Step:
    return ca_rotation.next_step(seen, beside, wanted)


_PLANNERS: dict[str, Callable[..., rotation.Step]] = {
    "server": _server,
    "agent": _agent,
    "certificates": _certificates,
    "kubeconfig": _kubeconfig,
    "encryption-keys": _encryption_keys,
    "ca": _ca,
}


def _observations(looks: Looks) -> dict[str, Observation | None]:
    return {name: from_dict(look) if look else None for name, look in looks.items()}


def k3s_kept_certificates(after: Mapping[str, Any], before: Mapping[str, Any], kind: str) -> list[str]:
    """Which of a host's certificates a rotation should have replaced and did not; from two looks with ``certificates``."""
    return certificate_rotation.kept(from_dict(before), from_dict(after), _KUBECONFIG if kind == "kubeconfig" else ())


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"k3s_rotation_step": k3s_rotation_step, "k3s_kept_certificates": k3s_kept_certificates}
