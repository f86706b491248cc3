# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of modules that speak to an S3 server (documented in the fragment ``s3``), and the client that follows from them."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3, Place

S3_OPTIONS: dict[str, t.Any] = {
    "endpoint": {"type": "str", "required": True},
    "region": {"type": "str", "default": "us-east-1"},
    "access_key": {"type": "str", "required": True, "no_log": True},
    "secret_key": {"type": "str", "required": True, "no_log": True},
    "ca": {"type": "str", "default": ""},
}


def s3_of(arguments: t.Mapping[str, t.Any]) -> S3:
    """The client of a module's arguments."""
    return S3(Place(**{field.name: arguments[field.name] for field in dataclasses.fields(Place)}))
