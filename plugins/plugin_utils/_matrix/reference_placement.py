# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated page about placement: its constraints, and what an account needs in a vCenter."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._placement.codes import CONSTRAINTS
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.privileges import NEEDED


def placement_page(note: str) -> str:
    """The page's text below a note on where it comes from."""
    lines = [note, "", "# Placement", "", "How it decides: [the guide](../guides/placement.md).", ""]
    lines += ["## Constraints", "", "A machine is put on a host only if all of them hold. Codes never change their meaning.", ""]
    lines += ["| code | what must hold |", "|---|---|", *(f"| {code} | {text} |" for code, text in CONSTRAINTS.items()), ""]
    lines += ["## Privileges", "", "What `vsphere_vm_placement` asks for before the first change, on every object that the plan touches, and"]
    lines += ["`vsphere_vm_deletion` on every machine to delete. Beside these the account reads the whole inventory:"]
    lines += ["the role *Read-only* on the root folder, propagated."]
    lines += ["", "| on the | privilege |", "|---|---|"]
    lines += [f"| {kind} | `{privilege}` |" for kind, privileges in NEEDED.items() for privilege in privileges]
    return "\n".join(lines) + "\n"
