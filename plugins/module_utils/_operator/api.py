# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sessions with an operator's objects need: an API, and how long to wait."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Answer, Applied, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object

Tell = t.Callable[[str], None]


class Api(t.Protocol):
    """What of ``_kube.client.Kube`` is used here."""

    def get(self, wanted: Reference) -> Object | None:
        """An object, or None."""

    def objects(self, api_version: str, kind: str, namespace: str = "", selector: str = "") -> list[Object]:
        """All objects of a kind."""

    def apply(self, document: Object, manager: str, force: bool = False, dry_run: bool = False) -> Applied:
        """Server-side apply."""

    def create(self, document: Object, manager: str, dry_run: bool = False) -> Object:
        """Create an object."""

    def patch(self, wanted: Reference, change: Object, manager: str, subresource: str = "", dry_run: bool = False) -> Object:
        """Merge a change."""

    def ask(self, method: str, path: str, query: t.Mapping[str, str] | None = None) -> Answer:
        """Any other request."""

    def delete(self, wanted: Reference, propagation: str = "Background", dry_run: bool = False) -> bool:
        """Delete an object."""


@dataclass(frozen=True)
class Patience:
    """How long to wait, and for how long it has to stay well."""

    wait: bool = True
    timeout: float = 1800.0
    stable: float = 10.0
