# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds that an API server serves without knowing what is in them: for doubles of programs whose CRDs a test does not need."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube

SECONDS = 180.0  # a busy machine takes its time


def serve(kube: Kube, manager: str, version: str, kinds: t.Sequence[str]) -> None:
    """Until it does. ``version``: group and version, such as velero.io/v1; the kinds have namespaces, and status is a field like others."""
    group, _slash, short = version.partition("/")
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    for kind in kinds:
        names = {"kind": kind, "plural": f"{kind.lower()}s"}
        versions = [{"name": short, "served": True, "storage": True, "schema": schema}]
        metadata = {"name": f"{names['plural']}.{group}"}
        spec = {"group": group, "names": names, "scope": "Namespaced", "versions": versions}
        kube.apply({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec}, manager)
    until = time.monotonic() + SECONDS
    while not all(kube.serves(version, kind) for kind in kinds):
        assert time.monotonic() < until, f"{version} is not served"
        time.sleep(0.2)
