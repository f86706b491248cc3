# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""render.yml on the eNeG site: check mode writes nothing, a second run changes nothing, a hand edit is refused with a patch."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest

CHECKOUT = pathlib.Path(__file__).parents[3]
OWNER = """\
- {path: git.repository, value: "git@git.example.org:eneg/clusters.git", why: test}
- {path: git.recipients.dev, value: age1dev, why: test}
- {path: git.recipients.test, value: age1test, why: test}
- {path: git.recipients.prod, value: age1prod, why: test}
"""


def play(folder: pathlib.Path, *arguments: str) -> tuple[int, str]:
    (folder / "overlay.yml").write_text(OWNER)
    command = [sys.executable, "-m", "ansible.cli.playbook", "groundwork.platform.render", "-i", str(CHECKOUT / "inventories" / "dev"), *arguments]
    env = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "collections"),
        "GROUNDWORK_MATRIX_OVERLAY": str(folder / "overlay.yml"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    }
    done = subprocess.run([*command, "-e", f"render_path={folder / 'clone'}"], capture_output=True, text=True, env=env, cwd="/", check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def clone(tmp_path: pathlib.Path) -> pathlib.Path:
    subprocess.run(["git", "init", "-q", str(tmp_path / "clone")], check=True)
    return tmp_path / "clone"


def texts(clone: pathlib.Path) -> dict[str, str]:
    return {str(path.relative_to(clone)): path.read_text("utf-8") for path in clone.rglob("*") if path.is_file() and ".git/" not in str(path)}


def test_a_tree_from_check_mode_to_a_refused_edit(clone: pathlib.Path) -> None:
    code, said = play(clone.parent, "--check", "--diff")
    assert code == 0, said
    assert "+kind: AppProject" in said
    assert "would be written, 0 would be removed." in " ".join(said.split())
    assert texts(clone) == {}

    code, said = play(clone.parent)
    assert code == 0, said
    assert "changed=1" in said
    assert "left out: velero, n8n" in " ".join(said.split())
    assert re.search(r"Not validated, as Argo CD fetches them: .*argocd \S+ \(install\.yaml\).*metallb \S+ \(chart\)", " ".join(said.split()))
    written = texts(clone)
    for environment in ("dev", "test", "prod"):
        assert f"kubernetes/environments/{environment}/applications/cert-manager.yaml" in written
    assert "git@git.example.org:eneg/clusters.git" in written["kubernetes/bootstrap/prod.yaml"]

    code, said = play(clone.parent)
    assert code == 0, said
    assert "changed=0" in said
    assert "Nothing to write." in " ".join(said.split())
    assert texts(clone) == written

    edited = clone / "kubernetes/environments/prod/traefik/values.yaml"
    edited.write_text(edited.read_text().replace("replicas: 3", "replicas: 9"))
    code, said = play(clone.parent)
    assert code != 0
    assert "was edited by hand" in said
    assert "+  replicas: 9" in said
    assert texts(clone) == written | {"kubernetes/environments/prod/traefik/values.yaml": edited.read_text()}


def test_a_folder_that_is_no_clone(tmp_path: pathlib.Path) -> None:
    (tmp_path / "clone").mkdir()
    code, said = play(tmp_path)
    assert code != 0
    assert "is no clone of a Git repository" in said
