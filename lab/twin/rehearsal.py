# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What a rehearsal of a site needs beside its networks: overlay, accounts, certificates, artefacts with their checksums."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lab.twin import keys, objectstore
from lab.twin.artefacts import LAB
from lab.twin.paths import TwinPaths
from lab.twin.run import run
from lab.twin.spec import TwinSpec

#: Account of the simulated vCenters; vcsim splits at the @.
USERNAME = "administrator@vsphere.local"


def write_overlay(paths: TwinPaths, public_key: str, age_recipient: str, more: Sequence[dict[str, Any]] = ()) -> None:
    """Write lab/overlay.yml with this twin's paths and keys into its state folder, and *more* entries after its own."""
    values = {"twin": str(paths.root), "ssh_key": public_key, "age_recipient": age_recipient}
    text = (LAB / "overlay.yml").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    text += "".join(f"\n- {json.dumps(entry)}\n" for entry in more)
    paths.overlay.write_text(text, encoding="utf-8")


def age_key(path: Path) -> str:
    """Make an age identity at *path*. Returns its recipient (public key)."""
    run(["age-keygen", "--output", str(path)])
    path.chmod(0o600)
    return run(["age-keygen", "-y", str(path)]).strip()


def write_accounts(paths: TwinPaths, spec: TwinSpec, sops: Path, age_recipient: str, authority: keys.Authority, more: dict[str, Any]) -> None:
    """Certificates and accounts of the simulated vCenters and of the S3 server; the accounts also into the site's SOPS file, with *more* keys."""
    accounts: dict[str, Any] = {**more}
    for vcenter in spec.vcenters:
        folder = paths.vcenter(vcenter.key)
        folder.mkdir(parents=True)
        authority.issue(vcenter.hostname, folder)
        accounts[vcenter.key] = {"username": USERNAME, "password": secrets.token_urlsafe(18)}
        write_secret(folder / "spec.json", json.dumps(vcenter.simulator | accounts[vcenter.key], indent=1))
    if spec.object_store:
        accounts[spec.object_store.account] = objectstore.furnish(paths, spec.object_store, authority)
    encrypt = [str(sops), "encrypt", "--age", age_recipient, "--input-type", "json", "--output-type", "yaml", "--filename-override", "s.yml"]
    write_secret(paths.root / "secrets.sops.yml", run([*encrypt, "/dev/stdin"], stdin=json.dumps(accounts)))
    (paths.root / "bin").mkdir()
    (paths.root / "bin" / "sops").symlink_to(sops)


def record(paths: TwinPaths, spec: TwinSpec) -> None:
    """Keep a specification that has changed while the twin ran: for the next ``up``, and for a vCenter that is started again."""
    for vcenter in spec.vcenters:
        file = paths.vcenter(vcenter.key) / "spec.json"
        write_secret(file, json.dumps(json.loads(file.read_text(encoding="utf-8")) | vcenter.simulator, indent=1))
    paths.spec.write_text(spec.to_json(), encoding="utf-8")


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def lock_text(files: Iterable[tuple[str, str, str]]) -> str:
    """A lock file (YAML; JSON is YAML) for (version, file name, sha256) of amd64 artefacts."""
    versions: dict[str, dict[str, dict[str, str]]] = {}
    for version, name, digest in files:
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise ValueError(f"{name}: {digest} is no SHA-256")
        versions.setdefault(version, {}).setdefault("amd64", {})[name] = digest
    return json.dumps({"k3s": versions}, indent=1) + "\n"
