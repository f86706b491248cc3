# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of many objects in one call, however many answers vCenter makes of it."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session, moid_of

try:
    from pyVmomi import vmodl
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None


def wanted(objects: t.Sequence[t.Any], paths: t.Mapping[t.Any, t.Sequence[str]]) -> t.Any:
    """The filter for some objects, with what to tell of each type."""
    query = vmodl.query.PropertyCollector
    return query.FilterSpec(
        objectSet=[query.ObjectSpec(obj=item) for item in objects],
        propSet=[query.PropertySpec(type=kind, pathSet=list(names)) for kind, names in paths.items()],
    )


def retrieve(session: Session, specs: t.Sequence[t.Any]) -> t.Iterator[t.Any]:
    """What vCenter tells of every object that the filters choose."""
    collector = session.content.propertyCollector
    page = collector.RetrievePropertiesEx(list(specs), vmodl.query.PropertyCollector.RetrieveOptions())
    while page:
        yield from page.objects
        page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None


def values(session: Session, objects: t.Sequence[t.Any], paths: t.Sequence[str]) -> dict[str, dict[str, t.Any]]:
    """Some properties of objects of one type, by moid."""
    if not objects:
        return {}
    found = retrieve(session, [wanted(objects, {type(objects[0]): paths})])
    return {moid_of(item.obj): {part.name: part.val for part in item.propSet} for item in found}
