# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new virtual machine is told through guestinfo (cloud-init's VMware datasource).

Sources: docs.cloud-init.io, DataSourceVMware (metadata keys) and "Networking config version 2".
"""

from __future__ import annotations

from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Machine, Network


def metadata(machine: Machine, network: Network) -> dict[str, Any]:
    """Identity and static network; ``match`` takes the first Ethernet card under any predictable name."""
    return {
        "instance-id": machine.name,
        "local-hostname": machine.fqdn,
        "network": {
            "version": 2,
            "ethernets": {
                "primary": {
                    "match": {"name": "e*"},
                    "dhcp4": False,
                    "dhcp6": False,
                    "addresses": [f"{machine.address}/{machine.prefix_length}"],
                    "routes": [{"to": "default", "via": network.gateway}],
                    # No search domain: pods inherit it, and where the domain has a wildcard record (*.eneg.de) the full
                    # name of a Service, tried with the search list first (ndots:5), would lead to the wildcard's address.
                    "nameservers": {"addresses": list(network.dns_servers)},
                }
            },
        },
    }


def userdata(machine: Machine, domain: str, login: dict[str, Any] | None) -> dict[str, Any]:
    """Name and login of a new machine. There is no password: keys are the only way in."""
    users: list[dict[str, Any]] = []
    if login:
        users.append(
            {
                "name": login["name"],
                "shell": "/bin/bash",
                "lock_passwd": True,
                "ssh_authorized_keys": login["authorized_keys"],
                "sudo": login["sudo"],
            }
        )
    return {
        "hostname": machine.name,
        "fqdn": f"{machine.name}.{domain}",
        "prefer_fqdn_over_hostname": False,
        "manage_etc_hosts": False,
        "preserve_hostname": False,
        "ssh_pwauth": False,
        "disable_root": True,
        "users": users,
    }
