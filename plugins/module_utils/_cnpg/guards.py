# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a definition of a Cluster must not say, whether or not the operator's webhook is there to refuse it (pure)."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import parameters
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import major_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at

NAME = re.compile(r"[a-z]([-a-z0-9]{0,48}[a-z0-9])?")
#: Annotations that switch a safeguard off: the value with which the operator does so (pkg/utils/labels_annotations.go, internal/webhook/v1/common.go;
#: empty: it looks at more than one), and what happens then.
UNSAFE = {
    "cnpg.io/skipEmptyWalArchiveCheck": ("enabled", "two clusters can write to one archive, and neither can be restored from it"),
    "cnpg.io/skipWalArchiving": ("enabled", "no WAL is archived"),
    "cnpg.io/validation": ("disabled", "the operator checks nothing any more"),
    "cnpg.io/reconciliationLoop": ("disabled", "the operator does nothing any more"),
    "alpha.cnpg.io/unrecoverable": ("", "the instance and its volumes are deleted"),
}
EXACT = re.compile(r":[0-9]+\.[0-9]+[^/]*$|@sha256:[0-9a-f]{64}$")


def faults(name: str, spec: Object, annotations: t.Mapping[str, str], reason: str = "") -> t.Iterator[Problem]:
    """Everything that is wrong with a definition. ``reason`` is why its author wants an unsafe annotation all the same."""
    if not NAME.fullmatch(name):
        yield Problem("name", f"{name!r} is no name of a cluster", "use up to 50 lower-case letters, digits and hyphens, a letter first")
    yield from _size(spec)
    yield from _synchronous(spec)
    yield from _image(spec)
    yield from _backup(spec)
    yield from _parameters(at(spec, "postgresql", "parameters") or {})
    for key, (unsafe, consequence) in UNSAFE.items():
        if key in annotations and unsafe in ("", annotations[key]) and not reason:
            yield Problem(f"metadata.annotations.{key}", consequence, "leave it out, or give unsafe_reason")


def _size(spec: Object) -> t.Iterator[Problem]:
    instances = spec.get("instances")
    if not isinstance(instances, int) or isinstance(instances, bool) or instances < 1:
        yield Problem("spec.instances", f"{instances!r} is no number of instances", "say how many, three for a primary and two replicas")
    elif instances == 1 and spec.get("primaryUpdateStrategy") == "supervised":  # the webhook's validatePrimaryUpdateStrategy
        yield Problem("spec.primaryUpdateStrategy", "a single instance has nobody to hand over to", "write unsupervised, or have more instances")
    if not at(spec, "storage", "size") and not at(spec, "storage", "pvcTemplate"):
        yield Problem("spec.storage.size", "nobody says how large the volumes are", "write a size such as 20Gi")


def _synchronous(spec: Object) -> t.Iterator[Problem]:
    wanted = at(spec, "postgresql", "synchronous")
    instances = spec.get("instances") or 1
    if spec.get("minSyncReplicas") or spec.get("maxSyncReplicas"):
        yield Problem("spec.minSyncReplicas", "the old way of synchronous replication", "use spec.postgresql.synchronous")
    if not isinstance(wanted, dict):
        return
    place, number = "spec.postgresql.synchronous", wanted.get("number") or 0
    if "dataDurability" not in wanted:
        yield Problem(f"{place}.dataDurability", "nobody has chosen", "required: writes wait for a replica; preferred: they go on when none is left")
    if number >= instances:
        yield Problem(f"{place}.number", f"{number} replicas have to confirm, and {instances} instances have {instances - 1}", "lower it, or add instances")
    elif wanted.get("dataDurability") == "required" and instances - 1 <= number:
        reason = f"the loss of one of {instances} instances would block every write"
        yield Problem(f"{place}.dataDurability", reason, f"have at least {number + 2} instances, or choose preferred")


def _image(spec: Object) -> t.Iterator[Problem]:
    image = spec.get("imageName")
    if image is None and spec.get("imageCatalogRef") is None:
        yield Problem("spec.imageName", "the operator would choose the image", "name one with its exact version")
    elif image is not None and not is_exact(image):
        yield Problem("spec.imageName", f"{image} names no exact version", "write a tag such as :17.6, better with its digest")


def is_exact(image: t.Any) -> bool:
    """Whether an image says which PostgreSQL it is: major and minor version, or a digest beside the major one."""
    return major_of(image) is not None and EXACT.search(str(image)) is not None


def _backup(spec: Object) -> t.Iterator[Problem]:
    stores = [plugin for plugin in spec.get("plugins") or [] if plugin.get("name") == PLUGIN]
    if at(spec, "backup", "barmanObjectStore"):
        yield Problem("spec.backup.barmanObjectStore", "ends with CloudNativePG 1.31", f"use an ObjectStore and the plugin {PLUGIN}; state migrated does it")
    if at(spec, "backup", "retentionPolicy"):
        yield Problem("spec.backup.retentionPolicy", "the plugin ignores it here", "write it into the ObjectStore")
    archivers = [plugin.get("name") for plugin in spec.get("plugins") or [] if plugin.get("isWALArchiver") and plugin.get("enabled", True)]
    if len(archivers) > 1 or (archivers and at(spec, "backup", "barmanObjectStore")):
        yield Problem("spec.plugins", "two of them archive WAL", "keep one isWALArchiver")
    for plugin in stores:
        if not at(plugin, "parameters", "barmanObjectName"):
            yield Problem("spec.plugins", f"{PLUGIN} does not say which ObjectStore", "write parameters.barmanObjectName")


def _parameters(values: t.Mapping[str, t.Any]) -> t.Iterator[Problem]:
    for name, value in values.items():
        place = f"spec.postgresql.parameters.{name}"
        if name in parameters.OPERATORS:
            yield Problem(place, "the operator sets this parameter itself", "leave it out")
        elif name in parameters.DURABILITY and str(value).lower() in ("off", "false", "no", "0"):
            yield Problem(place, "loses acknowledged rows when a machine fails", f"leave it {parameters.DURABILITY[name]}")
        if not isinstance(value, str):
            yield Problem(place, f"{value!r} is no text", f"write it in quotes: '{value}'")
