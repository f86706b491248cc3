# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that say when certificates end."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import expiry
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.certificates import Certificate
from ansible_collections.groundwork.platform.plugins.plugin_utils._cryptography import x509


def k3s_certificate_report(places: Mapping[str, Sequence[Mapping[str, Any]] | None]) -> dict[str, Any]:
    """Judge lists of certificates as k3s_node_info returns them, by the name of their place."""
    found = {place: None if rows is None else [Certificate(**row) for row in rows] for place, rows in places.items()}
    return dataclasses.asdict(expiry.report(found, time.time()))


def kubeconfig_certificates(text: str, context: str) -> list[dict[str, Any]]:
    """The client certificate of a context, in the same form; empty when it has none."""
    held = yaml.safe_load(text) or {}
    users = {row["name"]: row["context"]["user"] for row in held.get("contexts") or ()}
    named = {row["name"]: row["user"] for row in held.get("users") or ()}
    try:
        encoded = named[users[context]]["client-certificate-data"]
        certificate = x509.load_pem_x509_certificate(base64.b64decode(encoded, validate=True))
    except (KeyError, ValueError, binascii.Error):
        return []
    made, end = certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()
    subject = certificate.subject.rfc4514_string()
    return [dataclasses.asdict(Certificate(f"context {context}", subject, f"{certificate.serial_number:X}", made, end))]


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"k3s_certificate_report": k3s_certificate_report, "kubeconfig_certificates": kubeconfig_certificates}
