# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a twin that is run from Git has beside: keys that fit each other, a site that the matrix's rules accept, a mirror that Helm understands."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded

from lab.twin import artefacts, keys, matrix_site, platform, rehearsal, site_spec
from lab.twin.golang import find
from lab.twin.paths import CHECKOUT, TwinPaths
from lab.twin.run import CommandFailed
from lab.twin.spec import PlatformSpec, TwinSpec

ENVIRONMENTS = ("dev", "test", "prod")
SPEC = PlatformSpec("/gitserver", "198.18.0.4", "git.example.org", "/pebble", "198.18.0.5", "acme.example.org", (), ("/images/a.tar.zst",))


def drafted(folder: Path, only: tuple[str, ...] = ()) -> tuple[TwinPaths, Loaded]:
    """The eNeG site as a twin with GitOps has it."""
    paths = TwinPaths(folder)
    source = matrix_site.read_inventory(CHECKOUT / "inventories" / "dev")
    paths.lock_file.write_bytes(matrix_site.production_lock(source.matrix).read_bytes())
    keys.Authority("twin").write(paths.ca)
    rehearsal.write_overlay(paths, "ssh-ed25519 AAAA twin", "age1", platform.overlay(paths, ENVIRONMENTS, "eneg.de", only))
    return paths, matrix_site.load(source.matrix, [paths.overlay])


def test_the_site_has_everything_that_a_hand_over_needs(tmp_path: Path) -> None:
    paths, loaded = drafted(tmp_path)
    assert not [item.path for item in loaded.missing if item.path.startswith(("git.", "components", "applications"))]
    assert set(loaded.matrix.components) == set(platform.COMPONENTS)
    secrets = platform.accounts(paths, ENVIRONMENTS)
    assert "OPENSSH PRIVATE KEY" in secrets["deploy-key"]
    git = loaded.matrix.git
    assert git
    for key in ENVIRONMENTS:
        file = tmp_path / "one.age"
        file.write_text(secrets[key]["age-key"])
        public = subprocess.run(["age-keygen", "-y", file], check=True, capture_output=True, text=True).stdout.strip()
        assert public == git.recipients[key]


def test_a_small_twin_has_what_is_named(tmp_path: Path) -> None:
    _paths, loaded = drafted(tmp_path, ("argocd", "sops-secrets-operator"))
    assert set(loaded.matrix.components) == {"argocd", "sops-secrets-operator"}
    assert not loaded.matrix.applications
    with pytest.raises(CommandFailed, match="no twin has cilium"):
        platform.chosen(["cilium", "argocd"])


def test_every_component_of_the_twin_has_a_recipe_or_comes_with_one() -> None:
    assert set(platform.RECIPES.values()) <= artefacts.ON_DEMAND
    assert set(platform.RECIPES) == {*platform.COMPONENTS, *platform.APPLICATIONS}
    assert set(artefacts.buildable()) >= artefacts.ON_DEMAND
    assert artefacts.usual() == ["guest", "images", "k3s", "s3", "sops", "vcsim"]


def chart(folder: Path, name: str, version: str) -> Path:
    file = folder / f"{name}-{version}.tgz"
    text = yaml.safe_dump({"apiVersion": "v2", "name": name, "version": version, "appVersion": "v1"}).encode()
    with tarfile.open(file, "w:gz") as archive:
        for path in (f"{name}/Chart.yaml", f"{name}/charts/inner/Chart.yaml"):
            entry = tarfile.TarInfo(path)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
    return file


def test_charts_are_listed_with_their_checksums_and_files_lie_at_their_hosts(tmp_path: Path) -> None:
    built, mirror = tmp_path / "built", tmp_path / "mirror"
    (built / "charts").mkdir(parents=True)
    (built / "manifests" / "raw.example.org" / "a").mkdir(parents=True)
    (built / "manifests" / "raw.example.org" / "a" / "install.yaml").write_text("x")
    chart(built / "charts", "metallb", "0.16.1")
    mirror.mkdir()
    platform.fill_mirror(mirror, [built])
    entry = yaml.safe_load((mirror / "charts" / "index.yaml").read_text())["entries"]["metallb"][0]
    assert (entry["version"], entry["urls"], len(entry["digest"])) == ("0.16.1", ["metallb-0.16.1.tgz"], 64)
    assert (mirror / "raw.example.org" / "a" / "install.yaml").read_text() == "x"


def test_servers_get_files_and_no_secret_in_their_arguments(tmp_path: Path) -> None:
    paths, _loaded = drafted(tmp_path)
    platform.accounts(paths, ENVIRONMENTS)
    keys.ssh_key_pair(paths.ssh_key)
    paths.mirror.mkdir()
    platform.furnish(paths, SPEC, keys.Authority("twin"))
    commands = platform.commands(paths, SPEC)
    assert "--listen 198.18.0.4:22" in " ".join(commands["git"])
    settings = json.loads((paths.acme / "pebble.json").read_text())["pebble"]
    assert settings["listenAddress"] == "198.18.0.5:14000"
    assert (paths.git / "repositories" / platform.REPOSITORY / "HEAD").read_text() == "ref: refs/heads/main\n"
    assert (paths.git / "deploy_key").stat().st_mode & 0o777 == 0o600


def test_a_specification_survives_its_file() -> None:
    spec = site_spec.with_platform(TwinSpec("x", "example.org", "/guest", ()), SPEC)
    assert TwinSpec.from_json(spec.to_json()) == spec
    assert {"198.18.0.4", "198.18.0.5"} <= set(spec.services)
    assert {"git.example.org", "acme.example.org"} == {record.name for record in spec.records}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Git server, built as its recipe does."""
    out = tmp_path_factory.mktemp("gitserver")
    subprocess.run([CHECKOUT / "lab" / "git" / "build", out], check=True, env={**os.environ, "GO": str(find())}, capture_output=True)
    return out / "gitserver"


def git(folder: Path, key: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = f"ssh -i {key} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile={folder / 'seen'} -o LogLevel=ERROR"
    environment = {**os.environ, "GIT_SSH_COMMAND": command, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=False, env=environment)


def test_readers_read_writers_write_and_nobody_else_gets_in(tmp_path: Path, server: Path) -> None:
    for name in ("host_key", "reader", "writer", "stranger"):
        keys.ssh_key_pair(tmp_path / name)
    for name in ("reader", "writer"):
        (tmp_path / f"{name}s").write_text((tmp_path / f"{name}.pub").read_text())
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", tmp_path / "repositories" / "a.git"], check=True)
    options = {"host-key": "host_key", "repositories": "repositories", "readers": "readers", "writers": "writers", "listen": "127.0.0.1:0"}
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    process = subprocess.Popen([server, *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        port = process.stderr.readline().strip().rpartition(":")[2]
        url = f"ssh://git@127.0.0.1:{port}/a.git"
        work = tmp_path / "work"
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", work], check=True)
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        assert git(work, tmp_path / "writer", *identity, "commit", "--quiet", "--allow-empty", "-m", "one").returncode == 0
        refused = git(work, tmp_path / "reader", "push", url, "main")
        assert "may not run git-receive-pack" in refused.stderr
        assert git(work, tmp_path / "writer", "push", url, "main").returncode == 0
        assert "refs/heads/main" in git(work, tmp_path / "reader", "ls-remote", url).stdout
        assert git(work, tmp_path / "stranger", "ls-remote", url).returncode != 0
        assert "there is no repository" in git(work, tmp_path / "reader", "ls-remote", url.replace("a.git", "../../etc")).stderr
    finally:
        process.kill()
        process.wait()
