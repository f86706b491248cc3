# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration says: each reason with what to do about it (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._migration.model import Server

REFUSED = "the migration cannot go on"
NO_CLUSTER = "no server answers as a healthy voter; bring the cluster up first (site.yml)"
AGAIN = "Then repeat migrate.yml."


def cut_off(server: Server) -> str:
    """Its removal goes on where a run ended."""
    return f"{server.name} was leaving when a run ended"


def still_on(server: Server) -> str:
    """The last that happens to a machine before its owner decides about it."""
    return f"{server.name} has left its cluster and its machine is still switched on"


def make_room(server: Server) -> str:
    """What only the owner may do once the old machine is switched off."""
    place = server.machines[0].place
    left = f"{server.name} has left its cluster and is switched off on {place}."
    if place.host == server.wanted.host:
        return (
            f"{left} By hand: take {place.host} out of {place.vcenter}, install it anew (the disks of that machine are lost), and add it to "
            f"{server.wanted.vcenter} with the datastores and port groups of the matrix. {AGAIN}"
        )
    return f"{left} Delete that machine: delete_vms.yml -e machines={server.name} -e confirm={server.name}. {AGAIN}"


def no_host_yet(server: Server) -> str:
    """The new machine's host is the owner's to bring."""
    return f"{server.name} waits for its new host: {server.wanted.host} {server.host_lacks}. By hand: mend that. {AGAIN}"


def joins(server: Server) -> str:
    """site.yml does it."""
    if server.machines:
        return f"{server.name} is there and does not vote: site.yml runs first"
    return f"{server.name} joins on {server.wanted}"


def leaves(server: Server) -> str:
    """Why it may go now."""
    if server.leaving:
        return f"{server.name} leaves for good; all others vote"
    return f"{server.name} leaves {server.machines[0].place}, since it keeps its name on {server.wanted}"


def at_the_end(servers: Sequence[Server]) -> str:
    """Nothing is left to do for this playbook."""
    gone = [server for server in servers if server.leaving]
    if not gone:
        return "Every server is where the matrix wants it; nothing is left to migrate. If a run was cut off, run site.yml: it completes what was begun."
    there = ",".join(server.name for server in gone if server.machines)
    delete = f"delete what is left of them (delete_vms.yml -e machines={there} -e confirm={there}), " if there else ""
    return f"Out of the cluster and switched off: {', '.join(server.name for server in gone)}. Now {delete}take them out of the matrix, then run site.yml."


def twice(server: Server) -> str:
    """Nobody can say which of them is meant."""
    places = " and ".join(str(machine.place) for machine in server.machines)
    return f"{server.name} exists {len(server.machines)} times, on {places}; remove or rename all but one"


def adopted(server: Server) -> str:
    """A machine of somebody else is neither replaced nor taken for the old one (C13 of the planner)."""
    return (
        f"{server.name} was not created by groundwork (constraint C13), so it is not replaced before its owner decides: "
        "docs/guides/migrate-vcenter.md, machines that were adopted"
    )


def ailing(server: Server) -> str:
    """A member that is not well is mended or removed first."""
    return f"{server.name} is no healthy voter; bring it up first (site.yml), or let it go (remove.yml -e node={server.name})"


def too_few(server: Server, voters: int, wanted: int) -> str:
    """The majority of three is two."""
    return f"{server.name} may leave only while there are {wanted} healthy voters, and there are {voters}"


def no_place(server: Server) -> str:
    """It stays where it is until it has somewhere to go."""
    return f"{server.name} has nowhere to go: {server.wanted.host} {server.host_lacks}; mend that first"


def together(count: int, domains: int, fullest: str, names: Sequence[str]) -> str:
    """Three servers on two hosts are no high availability."""
    return (
        f"{count} servers on {domains} host(s): with {fullest} {' and '.join(names)} would be lost, and the majority with them; "
        "add a host to the target, or the one that becomes free, installed anew"
    )
