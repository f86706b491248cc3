# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Bring a twin up: what it consists of, its state folder, and the supervisor."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded

from lab.twin import artefacts, bare, inside, k3s_files, kernel, keys, lifecycle, matrix_site, platform, rehearsal, site_spec
from lab.twin.paths import TwinPaths
from lab.twin.run import CommandFailed
from lab.twin.spec import TwinSpec


@dataclass(frozen=True)
class Twin:
    """A twin that can be raised. *furnish* fills the state folder with what the specification does not say."""

    paths: TwinPaths
    spec: TwinSpec
    user: str
    furnish: Callable[[str], None]


def bare_twin(name: str, count: int, memory_mb: int) -> Twin:
    """Hosts without a vCenter."""
    spec = bare.spec(name, count, str(artefacts.build("guest")), memory_mb)
    return Twin(TwinPaths.of(name), spec, bare.USER, lambda _: None)


def site_twin(name: str, inventory: Path, *, with_k3s: bool, run_from_git: Collection[str] | None = None) -> Twin:
    """The site of an inventory folder; ``run_from_git`` names what of it is run from Git, none: all that can be. Raises CommandFailed."""
    paths = TwinPaths.of(name)
    source = matrix_site.read_inventory(inventory)
    site = _preview(source, run_from_git)
    environments = source.environments or tuple(site.site.environments)
    programs = {"simulator": str(artefacts.build("vcsim") / "vcsim"), "object_store": str(artefacts.build("s3") / "versitygw")}
    spec = site_spec.twin_of(site.site, environments, name, guest=str(artefacts.build("guest")), **programs)
    spec = replace(spec, source=str(inventory.resolve()))
    if run_from_git is not None:
        git, acme = (site_spec.SERVICE_ADDRESSES.format(number) for number in (site_spec.GIT, site_spec.ACME))
        spec = site_spec.with_platform(spec, platform.specification(site.site.domain, git, acme, run_from_git))
    versions = [site.site.environments[key].k3s.version for key in environments]

    def furnish(public_key: str) -> None:
        recipient = rehearsal.age_key(paths.root / "age.key")
        authority = keys.Authority(spec.name)
        authority.write(paths.ca)
        deviations = platform.overlay(paths, site.site.environments, site.site.domain, run_from_git or ()) if spec.platform else ()
        rehearsal.write_overlay(paths, public_key, recipient, deviations)
        more = {"git": platform.accounts(paths, site.site.environments)} if spec.platform else {}
        rehearsal.write_accounts(paths, spec, artefacts.build("sops") / "sops", recipient, authority, more)
        if spec.platform:
            platform.furnish(paths, spec.platform, authority)
        if not with_k3s:
            shutil.copyfile(matrix_site.production_lock(source.matrix), paths.lock_file)
            return
        mirror, releases = matrix_site.production_releases(source.matrix, versions)
        paths.k3s_kind.write_text(k3s_files.fill(paths.mirror, paths.lock_file, mirror, releases), encoding="utf-8")

    return Twin(paths, spec, site.matrix.access.ssh_user or "root", furnish)


def _preview(source: matrix_site.Inventory, run_from_git: Collection[str] | None) -> Loaded:
    """The site as the overlay makes it, before there is a twin with keys and a lock file."""
    with tempfile.TemporaryDirectory() as folder:
        draft = TwinPaths(Path(folder))
        shutil.copyfile(matrix_site.production_lock(source.matrix), draft.lock_file)
        rehearsal.write_overlay(draft, "ssh-ed25519 AAAA twin", "age1")
        site = matrix_site.load(source.matrix, [draft.overlay])
        if run_from_git is not None:
            more = platform.overlay(draft, site.site.environments, site.site.domain, run_from_git)
            rehearsal.write_overlay(draft, "ssh-ed25519 AAAA twin", "age1", more)
            site = matrix_site.load(source.matrix, [draft.overlay])
        return site


def raise_twin(twin: Twin) -> bool:
    """Start the twin; False when the same one runs. What a dead one left is swept. Raises CommandFailed."""
    paths, spec = twin.paths, twin.spec
    if lifecycle.first_process(paths):
        if paths.spec.read_text(encoding="utf-8") == spec.to_json():
            return False
        raise CommandFailed(f"twin {paths.name} runs and was built from something else; 'lab/lab down --name {paths.name}' first, or choose another --name")
    lifecycle.sweep(paths)
    kernel.load(kernel.wanted())
    paths.mirror.mkdir(parents=True)
    paths.root.chmod(0o755)
    paths.spec.write_text(spec.to_json(), encoding="utf-8")
    public_key = keys.ssh_key_pair(paths.ssh_key)
    paths.ssh_config.write_text(keys.ssh_config(paths, spec.records, twin.user), encoding="utf-8")
    (paths.mirror / "apt").symlink_to(f"{spec.guest}/apt")
    twin.furnish(public_key)
    _give_to_user(paths)
    lifecycle.start(paths, inside.environment(paths))
    if spec.bare:
        lifecycle.wait_for_hosts(paths, lifecycle.BOOT_TIMEOUT)
    return True


def _give_to_user(paths: TwinPaths) -> None:
    """What commands inside the twin read and write belongs to the user who called sudo."""
    if "SUDO_UID" in os.environ:
        above = [folder for folder in paths.root.parents if folder.is_relative_to(Path.home()) and folder != Path.home()]
        for path in (*above, paths.root, paths.root / "age.key", paths.root / "secrets.sops.yml", paths.ssh_key.parent, *paths.ssh_key.parent.iterdir()):
            if path.exists():
                shutil.chown(path, int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"]))
