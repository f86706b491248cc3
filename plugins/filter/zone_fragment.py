# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: DNS records as a zone fragment."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.platform.plugins.plugin_utils._zone import zone_fragment


def _zone_fragment(records: t.Sequence[t.Mapping[str, str]], domain: str) -> str:
    try:
        return zone_fragment(records, domain)
    except (KeyError, ValueError) as error:
        raise AnsibleFilterError(f"zone_fragment: a record needs name, type and an IPv4 address as value: {error}") from error


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, t.Callable[..., str]]:
        return {"zone_fragment": _zone_fragment}
