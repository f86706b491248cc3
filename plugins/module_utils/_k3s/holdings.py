# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be lost with a cluster: volumes and databases, by names that a person can repeat (pure)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

#: Kind of object: where the API lists it. An API that a cluster does not have (404) holds nothing.
SOURCES = {
    "PersistentVolume": "/api/v1/persistentvolumes",
    "CNPG cluster": "/apis/postgresql.cnpg.io/v1/clusters",
    "MariaDB": "/apis/k8s.mariadb.com/v1alpha1/mariadbs",
    "Longhorn volume": "/apis/longhorn.io/v1beta2/volumes",
}
Object = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Holding:
    """``name`` is namespace/name, or the name alone where there is no namespace."""

    name: str
    what: str


def holdings(found: t.Mapping[str, t.Sequence[Object]]) -> list[Holding]:
    """What holds data, from the objects of each kind: claims that are bound, volumes that are retained, databases, volumes without either."""
    volumes = found.get("PersistentVolume", ())
    lines = [holding for volume in volumes for holding in _volume(volume)]
    lines += [Holding(_name(item), kind) for kind in ("CNPG cluster", "MariaDB") for item in found.get(kind, ())]
    handles = {((volume["spec"].get("csi") or {}).get("volumeHandle")) for volume in volumes}
    lines += [Holding(_name(item), "Longhorn volume") for item in found.get("Longhorn volume", ()) if item["metadata"]["name"] not in handles]
    return lines


def problems(held: t.Sequence[Holding], given_up: t.Sequence[str]) -> list[str]:
    """Why a cluster may not go yet: what holds data and was not named, and names that are no such thing."""
    missing = [holding for holding in held if holding.name not in given_up]
    unknown = sorted(set(given_up) - {holding.name for holding in held})
    found = [f"{holding.what} {holding.name} would be lost" for holding in missing]
    if missing:
        found.append("to lose all of it, name each: -e loses=" + ",".join(sorted({holding.name for holding in held})))
    return found + [f"{name} is named in loses, but nothing of that name holds data: is this the right cluster?" for name in unknown]


def _volume(volume: Object) -> t.Iterator[Holding]:
    claim, spec = volume["spec"].get("claimRef"), volume["spec"]
    if claim and (volume.get("status") or {}).get("phase") == "Bound":
        yield Holding(f"{claim['namespace']}/{claim['name']}", "the volume of claim")
    elif spec.get("persistentVolumeReclaimPolicy") == "Retain":
        yield Holding(volume["metadata"]["name"], "the retained volume")


def _name(item: Object) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"
