# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a twin whose clusters are run from Git needs beside: charts, vendors' files and images in its mirror, a Git server, an ACME server."""

from __future__ import annotations

import base64
import hashlib
import json
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from lab.twin import artefacts, keys, rehearsal
from lab.twin.paths import TwinPaths
from lab.twin.run import CommandFailed, run
from lab.twin.spec import PlatformSpec

#: Recipes of what runs in the clusters, by what is made of them. Nobody builds them who does not raise such a twin.
RECIPES = {
    "argocd": "argocd",
    "cert-manager": "cert-manager",
    "metallb": "metallb",
    "prometheus-operator-crds": "prometheus-operator-crds",
    "sops-secrets-operator": "sops-operator",
    "traefik": "traefik",
    "vaultwarden": "app",
}
REPOSITORY = "clusters.git"
ACME_PORT, ACME_MANAGEMENT = 14000, 15000
#: What of the catalogue can be had here, and the values without which it would ask for an image that nobody has built.
COMPONENTS: dict[str, Any] = {
    "argocd": {},
    "sops-secrets-operator": {},
    "prometheus-operator-crds": {},
    "cert-manager": {"values": {"startupapicheck": {"enabled": False}}},
    "metallb": {},
    "traefik": {},
}
APPLICATIONS: dict[str, Any] = {"vaultwarden": {}}
#: Nothing else is there to be backed up: rows of programs that are not installed would be refused.
SCHEDULE = {"etcd": {"at": "0 */12 * * *", "keep": "60h", "bucket": "etcd-snapshots", "rpo": None, "rto": None}}
WHY = "the twin runs what can be built on this machine, from its own Git, ACME and mirror servers"


def chosen(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Components and applications of the matrix: those that are named, or all. Raises CommandFailed for one that there is not."""
    wanted = set(names) or set(RECIPES)
    if wanted - set(RECIPES):
        raise CommandFailed(f"no twin has {', '.join(sorted(wanted - set(RECIPES)))}; there are {', '.join(RECIPES)}")
    kinds = {"components": COMPONENTS, "applications": APPLICATIONS}
    return {kind: {name: found[name] for name in found if name in wanted} for kind, found in kinds.items()}


def specification(domain: str, git_address: str, acme_address: str, only: Iterable[str] = ()) -> PlatformSpec:
    """Programs and images of what is chosen, which are built when needed. Raises CommandFailed."""
    here = chosen(only)
    built = [artefacts.build(RECIPES[name]) for found in here.values() for name in found]
    return PlatformSpec(
        git_program=str(artefacts.build("git") / "gitserver"),
        git_address=git_address,
        git_hostname=f"git.{domain}",
        acme_program=str(artefacts.build("acme") / "pebble"),
        acme_address=acme_address,
        acme_hostname=f"acme.{domain}",
        built=tuple(str(folder) for folder in built),
        images=tuple(str(path) for folder in built for path in sorted(folder.glob("images/*.tar.zst"))),
    )


def overlay(paths: TwinPaths, environments: Iterable[str], domain: str, only: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Deviations that replace those of lab/overlay.yml, with the keys of this twin; makes the keys."""
    host_key = " ".join(keys.ssh_key_pair(paths.git / "host_key").split()[:2])
    recipients = {key: rehearsal.age_key(paths.git / f"{key}.age") for key in environments}
    git = {
        "repository": f"ssh://git@git.{domain}/{REPOSITORY}",
        "branch": "main",
        "recipients": recipients,
        "known_hosts": [f"git.{domain} {host_key}"],
        "mirror": f"http://mirror.{domain}",
    }
    ca = base64.b64encode(paths.ca.read_bytes()).decode() if paths.ca.exists() else None
    own = {"server": f"https://acme.{domain}:{ACME_PORT}/dir", **({"ca_bundle": ca} if ca else {})}
    here = chosen(only)
    values = {
        "git": git,
        "tls": {"email": f"twin@{domain}", "issuer": "own", "own": own} if "cert-manager" in here["components"] else None,
        **here,
        "environments.*.issuer": None,
        "environments.*.components": {},
        "databases": {},
        "backup.schedule": SCHEDULE,
        "environments.*.databases": {},
        "environments.*.applications": {},
    }
    return [{"path": path, "value": value, "why": WHY} for path, value in values.items()]


def accounts(paths: TwinPaths, environments: Iterable[str]) -> dict[str, Any]:
    """What the site's secrets file has for the hand-over."""
    keys.ssh_key_pair(paths.git / "deploy_key")
    clusters = {key: {"age-key": (paths.git / f"{key}.age").read_text(encoding="utf-8")} for key in environments}
    return {"deploy-key": (paths.git / "deploy_key").read_text(encoding="utf-8"), **clusters}


def furnish(paths: TwinPaths, spec: PlatformSpec, authority: keys.Authority) -> None:
    """The empty repository, who may use it, the ACME server's certificate and settings, and the mirror's part."""
    repository = paths.git / "repositories" / REPOSITORY
    run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(repository)])
    (paths.git / "readers").write_text((paths.git / "deploy_key.pub").read_text(encoding="utf-8"), encoding="utf-8")
    (paths.git / "writers").write_text(paths.ssh_key.with_suffix(".pub").read_text(encoding="utf-8"), encoding="utf-8")
    paths.acme.mkdir()
    authority.issue(spec.acme_hostname, paths.acme)
    settings = {
        "listenAddress": f"{spec.acme_address}:{ACME_PORT}",
        "managementListenAddress": f"{spec.acme_address}:{ACME_MANAGEMENT}",
        "certificate": str(paths.acme / "cert.pem"),
        "privateKey": str(paths.acme / "key.pem"),
        "httpPort": 80,
        "tlsPort": 443,
    }
    (paths.acme / "pebble.json").write_text(json.dumps({"pebble": settings}), encoding="utf-8")
    fill_mirror(paths.mirror, [Path(folder) for folder in spec.built])


def commands(paths: TwinPaths, spec: PlatformSpec) -> dict[str, list[str]]:
    """What serves Git and ACME."""
    folder = paths.git
    git = ["--listen", f"{spec.git_address}:22", "--host-key", str(folder / "host_key"), "--repositories", str(folder / "repositories")]
    acme = ["env", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", spec.acme_program, "-dnsserver", "127.0.0.1:53"]
    return {
        "git": [spec.git_program, *git, "--readers", str(folder / "readers"), "--writers", str(folder / "writers")],
        "acme": [*acme, "-config", str(paths.acme / "pebble.json")],
    }


def fill_mirror(mirror: Path, built: Iterable[Path]) -> None:
    """Charts with their index, and vendors' files by host and path."""
    charts = mirror / "charts"
    charts.mkdir()
    for folder in built:
        for chart in folder.glob("charts/*.tgz"):
            (charts / chart.name).symlink_to(chart)
        for host in folder.glob("manifests/*"):
            (mirror / host.name).symlink_to(host)
    (charts / "index.yaml").write_text(index(sorted(charts.glob("*.tgz"))), encoding="utf-8")


def index(charts: Iterable[Path]) -> str:
    """index.yaml of a Helm repository."""
    entries: dict[str, list[dict[str, Any]]] = {}
    for chart in charts:
        with tarfile.open(chart) as archive:
            member = next(name for name in archive.getnames() if name.count("/") == 1 and name.endswith("/Chart.yaml"))
            content = archive.extractfile(member)
            metadata = yaml.safe_load(content) if content else {}
        entry = {key: metadata[key] for key in ("apiVersion", "name", "version", "appVersion", "dependencies") if key in metadata}
        digest = hashlib.sha256(chart.read_bytes()).hexdigest()
        entries.setdefault(metadata["name"], []).append({**entry, "urls": [chart.name], "digest": digest})
    return yaml.safe_dump({"apiVersion": "v1", "entries": entries})
