# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that K3s fixes when a cluster is founded (k3s-contract 1, "critical values").

K3s compares them when a server joins and never again: a changed file goes unnoticed until a restart breaks the pod network.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths

SERVICELB = "disable servicelb"
# K3s's defaults (docs.k3s.io/cli/server). cluster-dns is the tenth address of service-cidr.
DEFAULTS = {
    "cluster-cidr": "10.42.0.0/16",
    "service-cidr": "10.43.0.0/16",
    "cluster-dns": "10.43.0.10",
    "cluster-domain": "cluster.local",
    "disable-cloud-controller": "false",
    "disable-helm-controller": "false",
    "disable-network-policy": "false",
    SERVICELB: "false",
    "secrets-encryption": "false",
    "secrets-encryption-provider": "aescbc",
    "embedded-registry": "false",
    "flannel-backend": "vxlan",
    "flannel-ipv6-masq": "false",
    "flannel-external-ip": "false",
    "egress-selector-mode": "agent",
    "supervisor-metrics": "false",
}
_KEYS = {*DEFAULTS, "disable"} - {SERVICELB}
_TOP = re.compile(r"^[\"']?(?P<key>[a-z0-9-]+)[\"']?\+?\s*:", re.MULTILINE)
#: Files of these pod networks carry their names (docs of Calico and Cilium; K3s writes 10-flannel.conflist).
NETWORKS = ("calico", "cilium", "flannel")


def extract(text: str) -> str:
    """The parts of a config.yaml that set a critical value, and nothing else of it: tokens stay where they are (pure)."""
    starts = [*_TOP.finditer(text)]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return "".join(text[match.start() : end] for match, end in zip(starts, ends) if match["key"] in _KEYS)


def look(paths: Paths) -> dict[str, t.Any]:
    """Fields of an observation: what each configuration file sets, in the order K3s reads them, and which pod networks were set up."""
    files = [paths.config_dir / "config.yaml", *sorted((paths.config_dir / "config.yaml.d").glob("*.y*ml"))]
    folders = [paths.root / "etc/cni/net.d", paths.root / "var/lib/rancher/k3s/agent/etc/cni/net.d"]
    names = [path.name for folder in folders if folder.is_dir() for path in folder.iterdir()]
    return {
        "critical": tuple(extract(path.read_text(encoding="utf-8", errors="replace")) for path in files if path.is_file()),
        "pod_networks": tuple(network for network in NETWORKS if any(network in name for name in names)),
    }


def values(layers: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, str]:
    """Every critical value that so many files come to, defaults included; a later file replaces, ``key+`` adds (pure)."""
    merged: dict[str, t.Any] = {}
    for layer in layers:
        for key, value in layer.items():
            name = key.rstrip("+")
            merged[name] = [*_many(merged.get(name)), *_many(value)] if key.endswith("+") else value
    found = {key: _plain(merged[key]) if key in merged else default for key, default in DEFAULTS.items()}
    if "cluster-dns" not in merged:
        found["cluster-dns"] = str(ipaddress.ip_network(found["service-cidr"].partition(",")[0])[10])
    found[SERVICELB] = "true" if "servicelb" in _many(merged.get("disable")) else "false"
    return found


def changes(layers: t.Sequence[t.Mapping[str, t.Any]], wanted: t.Mapping[str, t.Any]) -> list[str]:
    """One line per value that a server has and the wanted configuration would change (pure)."""
    have, want = values(layers), values([wanted])
    return [f"{key} is {have[key]}, the matrix says {want[key]}" for key in DEFAULTS if have[key] != want[key]]


def _many(value: t.Any) -> list[str]:
    parts = value if isinstance(value, (list, tuple)) else [] if value is None else str(value).split(",")
    return [str(part).strip() for part in parts]


def _plain(value: t.Any) -> str:
    """A value as K3s compares it: lists with commas, booleans in small letters."""
    text = ",".join(_many(value))
    return text.lower() if text.lower() in ("true", "false") else text
