# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster is handed over to a real Argo CD and run from a real Git server: refused, tried, killed, repeated, changed, broken, mended."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from tests.support.gitops import Tree, applications, give_volume, issuing_root, kubectl, until
from tests.support.twin import Finished, Twin, raised

pytestmark = pytest.mark.long
NODES = ("k8s-dev-21", "k8s-dev-22", "k8s-dev-23")
HOST = "vaultwarden-dev.eneg.de"
INGRESS = "192.168.180.100"
HAND_OVER = "playbooks/hand_over.yml"
TOKEN = "planted-word-in-the-cluster"


@pytest.fixture(scope="module")
def twin() -> t.Iterator[Twin]:
    """K3s on three servers, nothing handed over yet."""
    with raised("test-gitops", "inventories/dev", "--gitops") as twin:
        done = twin.playbook("site.yml", "--skip-tags", "hand_over,verify", timeout=1800)
        assert done.status == 0, done.tail
        give_volume(twin, NODES)
        yield twin


@pytest.fixture(scope="module")
def tree(twin: Twin, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(twin, tmp_path_factory.mktemp("operator") / "clusters")
    tree.start()
    return tree


@pytest.fixture(scope="module")
def root(twin: Twin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return issuing_root(twin, tmp_path_factory.mktemp("acme"))


def hand_over(twin: Twin, root: Path, *options: str, **more: t.Any) -> Finished:
    authority = json.dumps({"verify_ca": root.read_text()})
    return twin.playbook(HAND_OVER, "-e", authority, *options, timeout=1800, **more)


def test_an_empty_repository_is_refused_before_anything_is_installed(twin: Twin, tree: Tree, root: Path) -> None:
    assert tree.folder.is_dir()
    done = hand_over(twin, root)
    assert done.status != 0
    assert "cannot be read with the deploy key" in done.said
    assert "NotFound" in kubectl(twin, NODES[0], "get namespace argocd").output


def test_another_servers_key_is_refused(twin: Twin, tree: Tree, root: Path) -> None:
    tree.render()
    tree.keep_secret("dev", TOKEN)
    tree.render()
    tree.push("First tree")
    wrong = json.dumps({"argo_cd_known_hosts": ["git.eneg.de ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHfvRpJeT4VsMbAVZ0dFbTZjfQWpYRpYbYZbYbYbYbYb"]})
    done = hand_over(twin, root, "-e", wrong)
    assert done.status != 0
    assert "so Argo CD could not either" in done.said


def test_a_check_installs_nothing(twin: Twin, tree: Tree, root: Path) -> None:
    assert tree.folder.is_dir()
    done = hand_over(twin, root, "--check")
    assert done.status == 0, done.tail
    assert "Argo CD v3.5.3: install" in done.said
    assert "NotFound" in kubectl(twin, NODES[0], "get namespace argocd").output


def test_killed_in_the_middle(twin: Twin, tree: Tree, root: Path) -> None:
    assert tree.folder.is_dir()
    # The name of a task is printed with its first result, so this is within the next one, which installs.
    killed = hand_over(twin, root, kill_at=r"TASK \[.*Fetch the vendor's files\]", kill_after=6)
    assert killed.status < 0, killed.tail


def test_the_next_run_hands_over_and_everything_works(twin: Twin, tree: Tree, root: Path) -> None:
    done = hand_over(twin, root)
    assert done.status == 0, f"{done.tail}\n{applications(twin, NODES[0])}"
    head = tree.git("rev-parse", "HEAD").output.strip()
    found = applications(twin, NODES[0])
    assert {name: state[:2] for name, state in found.items()} == dict.fromkeys(found, ("Synced", "Healthy"))
    assert {"platform", "argocd", "metallb", "traefik", "cert-manager", "sops-secrets-operator", "vaultwarden"} <= set(found)
    assert found["platform"][2] == head
    assert TOKEN not in done.output


def test_a_name_is_served_through_the_load_balancer_with_a_certificate_of_the_site_and_a_decrypted_secret(twin: Twin, root: Path) -> None:
    answer = twin.shell("curl", "--silent", "--show-error", "--cacert", str(root), "--resolve", f"{HOST}:443:{INGRESS}", f"https://{HOST}/")
    assert "stand-in, started" in answer.output, answer.output
    assert "has a token" in answer.output


def test_a_second_run_changes_nothing_and_nothing_has_two_owners(twin: Twin, root: Path) -> None:
    done = hand_over(twin, root)
    assert done.status == 0, done.tail
    assert sum(done.recap(node)["changed"] for node in NODES) == 0
    assert "Argo CD v3.5.3: keep" in done.said
    kinds = "deployments,statefulsets,configmaps,services,customresourcedefinitions"
    listed = kubectl(twin, NODES[0], f"--namespace argocd get {kinds} --show-managed-fields --output json").output
    for found in json.loads(listed)["items"]:
        assert "groundwork-bootstrap" not in {entry["manager"] for entry in found["metadata"].get("managedFields", [])}, found["metadata"]["name"]


def test_the_whole_site_again_changes_nothing(twin: Twin, root: Path) -> None:
    done = twin.playbook("site.yml", "-e", json.dumps({"verify_ca": root.read_text()}), timeout=1800)
    assert done.status == 0, done.tail
    assert {node: done.recap(node)["changed"] for node in NODES} == dict.fromkeys(NODES, 0)


def test_a_commit_reaches_the_cluster(twin: Twin, tree: Tree) -> None:
    patch = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "vaultwarden-config", "namespace": "vaultwarden"}, "data": {"CHANGED": "in-git"}}
    file = tree.folder / "kubernetes/environments/dev/vaultwarden/patches/config.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(patch))
    tree.render()
    tree.push("A patch of the owner")
    look = "--namespace vaultwarden get configmap vaultwarden-config --output jsonpath={.data.CHANGED}"
    assert kubectl(twin, NODES[0], look).output == ""
    # Nobody asks for it: Argo CD looks every two to three minutes, and believes for three what a branch was.
    until(lambda: kubectl(twin, NODES[0], look).output == "in-git", 540, "the change of Git")


def test_git_that_is_away_is_told_and_passes(twin: Twin, root: Path) -> None:
    twin.lab("kill", "git")
    try:
        refresh = "--namespace argocd annotate --overwrite application vaultwarden argocd.argoproj.io/refresh=hard"
        until(lambda: bool(kubectl(twin, NODES[0], refresh)) and applications(twin, NODES[0])["vaultwarden"][0] == "Unknown", 400, "a comparison that fails")
        done = twin.playbook("playbooks/verify.yml", "-e", json.dumps({"verify_ca": root.read_text()}))
        assert done.status != 0
        assert "Not ready:" in done.said
        answer = twin.shell("curl", "--silent", "--cacert", str(root), "--resolve", f"{HOST}:443:{INGRESS}", f"https://{HOST}/alive")
        assert "alive" in answer.output, "what runs goes on"
    finally:
        twin.lab("start", "git")
    until(lambda: all(state[:2] == ("Synced", "Healthy") for state in applications(twin, NODES[0]).values()), 400, "everything Synced again")


def test_an_argo_cd_that_cannot_mend_itself_gets_its_part_back(twin: Twin, root: Path) -> None:
    assert kubectl(twin, NODES[0], "--namespace argocd delete statefulset argocd-application-controller").status == 0
    done = hand_over(twin, root)
    assert done.status == 0, done.tail
    assert "repair of v3.5.3" in done.said
    again = hand_over(twin, root)
    assert sum(again.recap(node)["changed"] for node in NODES) == 0


def test_the_planted_word_stands_in_no_log(twin: Twin) -> None:
    # The search itself is logged by sudo, so its own words must not match.
    search = f"grep -rl '{TOKEN[:-1]}[{TOKEN[-1]}]' /var/log /etc/rancher /var/lib/rancher/k3s/server/logs || true"
    assert {node: twin.on(node, search).output for node in NODES} == dict.fromkeys(NODES, "")
