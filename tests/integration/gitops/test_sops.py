# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that rendering writes for sops, followed by the real sops and age: who can read a secret of production, and who cannot."""

from __future__ import annotations

import copy
import os
import re
import subprocess
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import changes, read_tree, write
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeRefused

from lab.twin import artefacts
from tests.unit.plugins.plugin_utils._gitops.sites import ENVIRONMENTS, SITE, rendered

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
