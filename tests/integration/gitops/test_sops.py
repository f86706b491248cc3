# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that rendering writes for sops, followed by the real sops and age: who can read a secret of production, and who cannot."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import changes, read_tree, write
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeRefused

from lab.twin import artefacts
from tests.unit.plugins.plugin_utils._gitops.sites import ENVIRONMENTS, SITE, rendered
from tests.unit.plugins.plugin_utils._matrix.fixtures import ROOT

PLACE = "kubernetes/environments/prod/vaultwarden/secrets/credentials.yaml"
SECRET = """\
apiVersion: isindir.github.com/v1alpha3
kind: SopsSecret
metadata: {name: vaultwarden-credentials, namespace: vaultwarden}
spec:
  secretTemplates:
    - name: vaultwarden-credentials
      stringData: {ADMIN_TOKEN: planted-token, EMPTY: ""}
"""


@pytest.fixture(scope="module")
def sops() -> Path:
    return artefacts.build("sops") / "sops"


def new_key(file: Path) -> str:
    subprocess.run(["age-keygen", "-o", str(file)], check=True, capture_output=True)
    found = re.search(r"age1[a-z0-9]+", file.read_text())
    assert found
    return found[0]


def test_a_secret_of_production_is_for_people_and_for_that_cluster_alone(tmp_path: Path, sops: Path) -> None:
    keys = {name: tmp_path / f"{name}.txt" for name in (*ENVIRONMENTS, "people")}
    public = {name: new_key(file) for name, file in keys.items()}
    data = copy.deepcopy(SITE)
    data["git"]["recipients"] = {name: public[name] for name in ENVIRONMENTS}
    data["secrets"]["age_recipients"] = [public["people"]]
    clone = tmp_path / "clone"
    write(clone, changes({}, rendered({}, data)))
    file = clone / PLACE
    file.parent.mkdir()
    file.write_text(SECRET)
    with pytest.raises(TreeRefused, match="not encrypted") as refused:
        rendered(read_tree(clone), data)
    assert "planted-token" not in str(refused.value)

    subprocess.run([sops, "encrypt", "--in-place", PLACE], cwd=clone, check=True)
    before = read_tree(clone)
    tree = rendered(before, data)
    write(clone, changes(before, tree))
    assert "planted-token" not in file.read_text()
    assert "- secrets/credentials.yaml" in (file.parents[1] / "kustomization.yaml").read_text()

    for name, key in keys.items():
        done = subprocess.run(
            [sops, "decrypt", PLACE], cwd=clone, capture_output=True, text=True, check=False, env={**os.environ, "SOPS_AGE_KEY_FILE": str(key)}
        )
        assert ("planted-token" in done.stdout) == (name in ("prod", "people")), name


PLAY = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - groundwork.platform.gitops_recipients: {path: "{{ clone }}", matrix: "{{ site }}"}
      register: told
    - ansible.builtin.copy: {content: "{{ told.files | to_json }}", dest: "{{ clone }}.json", mode: "0600"}
      check_mode: false
"""


class Site:
    """A matrix, a clone with one secret of each environment, and the site's own secrets file, all encrypted for the keys of now."""

    def __init__(self, folder: Path, sops: Path) -> None:
        self.folder, self.sops = folder, sops
        self.keys = {name: folder / f"{name}.txt" for name in (*ENVIRONMENTS, "anna", "bert", "newprod")}
        self.public = {name: new_key(file) for name, file in self.keys.items()}
        self.data = copy.deepcopy(SITE)
        self.data["git"]["recipients"] = {name: self.public[name] for name in ENVIRONMENTS}
        self.data["secrets"]["age_recipients"] = [self.public["anna"], self.public["bert"]]
        self.clone = folder / "clone"
        write(self.clone, changes({}, rendered({}, self.data)))
        subprocess.run(["git", "init", "--quiet", self.clone], check=True)
        self.files = [self.clone / PLACE.replace("/prod/", f"/{name}/") for name in ENVIRONMENTS]
        for file in self.files:
            file.parent.mkdir()
            file.write_text(SECRET)
            subprocess.run([sops, "encrypt", "--in-place", file], cwd=self.clone, check=True)
        self.own = folder / "secrets.sops.yml"
        self.own.write_text("git: {deploy-key: planted-key}\n")
        people = ",".join(self.data["secrets"]["age_recipients"])
        subprocess.run([sops, "encrypt", "--in-place", "--age", people, self.own], cwd=folder, check=True)
        (folder / "versions.lock.yml").write_text((ROOT / "versions.lock.yml").read_text())
        (folder / "play.yml").write_text(PLAY)

    def rotate(self, key: str, *options: str) -> subprocess.CompletedProcess[str]:
        self.data["secrets"]["sops_file"] = str(self.own)
        (self.folder / "matrix.yml").write_text(yaml.safe_dump(self.data, sort_keys=False))
        environment = {**os.environ, "SOPS_AGE_KEY_FILE": str(self.keys[key]), "PATH": f"{self.sops.parent}:{os.environ['PATH']}"}
        arguments = ["-e", f"clone={self.clone}", "-e", f"site={self.folder / 'matrix.yml'}", *options]
        command = ["ansible-playbook", "-i", "localhost,", "-c", "local", "play.yml", *arguments]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def play(self, key: str, *options: str) -> str:
        """What rotate_age_key.yml says, as people run it."""
        self.data["secrets"]["sops_file"] = str(self.own)
        (self.folder / "matrix.yml").write_text(yaml.safe_dump(self.data, sort_keys=False))
        facts = {"groundwork_environment": "prod", "groundwork_matrix_path": str(self.folder / "matrix.yml"), "groundwork_matrix_overlays": []}
        hosts = {"k3s_cluster": {"hosts": {"localhost": {"ansible_connection": "local", **facts}}}}
        (self.folder / "hosts.yml").write_text(yaml.safe_dump(hosts))
        environment = {**os.environ, "SOPS_AGE_KEY_FILE": str(self.keys[key]), "PATH": f"{self.sops.parent}:{os.environ['PATH']}"}
        command = ["ansible-playbook", "-i", "hosts.yml", "groundwork.platform.rotate_age_key", "-e", f"render_path={self.clone}", *options]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def told(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(Path(f"{self.clone}.json").read_text())
        return found

    def opens(self, key: str) -> set[str]:
        """Names of the files that a key opens: environments, and the site's own."""
        found = set()
        for name, file in (*zip(ENVIRONMENTS, self.files, strict=True), ("own", self.own)):
            environment = {**os.environ, "SOPS_AGE_KEY_FILE": str(self.keys[key])}
            done = subprocess.run([self.sops, "decrypt", file], cwd=self.folder, capture_output=True, text=True, check=False, env=environment)
            if done.returncode == 0:
                assert "planted-" in done.stdout
                found.add(name)
        return found


def test_a_clusters_key_is_rotated(tmp_path: Path, sops: Path) -> None:
    site = Site(tmp_path, sops)
    site.data["git"]["recipients"]["prod"] = site.public["newprod"]
    checked = site.rotate("anna", "--check")
    assert checked.returncode == 0, checked.stdout
    assert site.opens("newprod") == set()
    done = site.rotate("anna")
    assert done.returncode == 0, done.stdout
    assert [(entry["add"], entry["remove"]) for entry in site.told()] == [([site.public["newprod"]], [site.public["prod"]])]
    assert (site.opens("newprod"), site.opens("prod"), site.opens("dev")) == ({"prod"}, set(), {"dev"})
    assert rendered(read_tree(site.clone), site.data), "rendering accepts what rotation has made"
    assert site.rotate("anna").returncode == 0
    assert site.told() == []


def test_the_playbook_says_what_it_encrypts_anew_and_does_it_once(tmp_path: Path, sops: Path) -> None:
    site = Site(tmp_path, sops)
    site.data["git"]["recipients"]["prod"] = site.public["newprod"]
    assert f"1 files would be encrypted anew: {site.clone / PLACE}." in " ".join(site.play("anna", "--check").split())
    assert site.opens("newprod") == set()
    said = " ".join(site.play("anna").split())
    assert f"1 files encrypted anew: {site.clone / PLACE}. Look at it, commit and push" in said
    assert "changed=1" in said
    assert (site.opens("newprod"), site.opens("prod")) == ({"prod"}, set())
    said = site.play("anna")
    assert "0 files encrypted anew." in said
    assert "changed=0" in said


def test_a_person_leaves_and_another_run_completes_what_was_interrupted(tmp_path: Path, sops: Path) -> None:
    site = Site(tmp_path, sops)
    site.data["secrets"]["age_recipients"] = [site.public["anna"]]
    before = {file: file.read_text() for file in site.files}
    assert site.rotate("anna").returncode == 0
    assert (site.opens("bert"), site.opens("anna")) == (set(), {*ENVIRONMENTS, "own"})
    site.files[0].write_text(before[site.files[0]])
    assert site.opens("bert") == {"dev"}
    assert site.rotate("anna").returncode == 0
    assert [entry["path"] for entry in site.told()] == [str(site.files[0])]
    assert site.opens("bert") == set()


def test_nothing_is_touched_when_one_file_cannot_be_opened(tmp_path: Path, sops: Path) -> None:
    site = Site(tmp_path, sops)
    site.data["secrets"]["age_recipients"] = [site.public["anna"]]
    before = {file: file.read_text() for file in (*site.files, site.own)}
    done = site.rotate("dev")
    assert done.returncode != 0
    for name in ("stage", "prod"):
        assert f"kubernetes/environments/{name}/vaultwarden/secrets/credentials.yaml: sops decrypt failed" in done.stdout
    assert "planted-" not in done.stdout
    assert {file: file.read_text() for file in before} == before
