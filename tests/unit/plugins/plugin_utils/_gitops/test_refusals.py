# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tree with a fault is refused as a whole, with the file and the remedy; its near miss is not."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import Lock, Locked, lock_path
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.ownership import stamp
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeProblem, TreeRefused
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import Release

from tests.unit.plugins.plugin_utils._gitops.sites import FIRST, SITE, after, changed, locked, promoted, rendered

Text = Callable[[str], str]
SECRETS = "kubernetes/environments/prod/vaultwarden/secrets/credentials.yaml"
PATCH = "kubernetes/environments/prod/vaultwarden/patches/replicas.yaml"


def problems(tree: dict[str, str]) -> list[TreeProblem]:
    with pytest.raises(TreeRefused) as refused:
        rendered(tree)
    assert str(refused.value).endswith("nothing was written")
    return list(refused.value.problems)


def sops_secret(value: str = "ENC[AES256_GCM,data:abc,iv:d,tag:e,type:str]", recipients: tuple[str, ...] = ("age1people", "age1prod")) -> str:
    age = "".join(f"\n    - recipient: {recipient}" for recipient in recipients)
    return (
        "apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret\nmetadata:\n  name: vaultwarden-credentials\n  namespace: vaultwarden\n"
        f"spec:\n  secretTemplates:\n  - name: {value}\n    stringData:\n      ADMIN_TOKEN: {value}\n"
        f"sops:\n  age:{age or ' []'}\n  mac: ENC[AES256_GCM,data:m]\n"
    )


def release_file(name: str) -> str:
    return f"kubernetes/releases/vaultwarden/{locked(FIRST, 'prod')['vaultwarden'].release}/{name}"


def test_a_hand_edit_is_shown_as_a_patch() -> None:
    path = "kubernetes/environments/prod/traefik/values.yaml"
    edited = FIRST[path].replace("replicas: 1", "replicas: 7")
    assert edited != FIRST[path]
    (problem,) = problems({**FIRST, path: edited})
    assert problem.path == path
    assert problem.patch.splitlines()[:2] == [f"--- a/{path}", f"+++ b/{path}"]
    assert "-  replicas: 1\n+  replicas: 7\n" in problem.patch


def test_a_hand_edit_of_a_lock_moves_nothing() -> None:
    path = lock_path("prod")
    text = FIRST[path].replace("version: v3.5.3", "version: v3.5.8")
    assert [problem.path for problem in problems({**FIRST, path: text})] == [path]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda tree: tree.update({release_file("objects.yaml"): tree[release_file("objects.yaml")] + "---\nkind: Job\n"}), id="edited"),
        pytest.param(lambda tree: tree.update({release_file("more.yaml"): "kind: Job\n"}), id="a file more"),
        pytest.param(lambda tree: tree.update({release_file("objects.yaml"): stamp("objects.yaml", "kind: Job\n")}), id="edited with a checksum that is right"),
    ],
)
def test_a_release_never_changes(change: Callable[[dict[str, str]], None]) -> None:
    tree = dict(FIRST)
    change(tree)
    assert any("a release never changes" in problem.message for problem in problems(tree))


def test_a_release_that_a_lock_names_has_to_be_there() -> None:
    ahead = changed(components={"argocd": {"version": "v3.5.8"}})
    tree = after(FIRST, ahead)
    old = f"kubernetes/releases/argocd/{locked(FIRST, 'prod')['argocd'].release}/"
    tree = {path: text for path, text in tree.items() if not path.startswith(old)}
    with pytest.raises(TreeRefused, match="is not in the tree"):
        rendered(tree, ahead)


def test_an_older_release_that_no_lock_names_may_go() -> None:
    ahead = changed(components={"argocd": {"version": "v3.5.8"}})
    tree = after(FIRST, ahead)
    for source, target in (("dev", "stage"), ("stage", "prod")):
        tree = after(promoted(tree, source, target), ahead)
    old = f"kubernetes/releases/argocd/{locked(FIRST, 'prod')['argocd'].release}/"
    assert any(path.startswith(old) for path in tree)
    assert rendered({path: text for path, text in tree.items() if not path.startswith(old)}, ahead)


def test_a_release_of_a_later_collection() -> None:
    files = {name: FIRST[release_file(name)] for name in ("release.yaml", "objects.yaml", "kustomization.yaml")}
    later = Release("vaultwarden", {**files, "release.yaml": files["release.yaml"] + "invented_later: true\n"})
    lock = Lock(components={"vaultwarden": Locked(release=later.hash, version="1.37.2")})
    found = problems({**FIRST, **later.tree, lock_path("prod"): stamp(lock_path("prod"), lock.to_text())})
    assert [problem.path for problem in found] == [f"{later.folder}/release.yaml"]
    assert "another version of this collection" in found[0].message


def test_a_lock_that_is_none() -> None:
    path = lock_path("prod")
    assert "is no lock file" in problems({**FIRST, path: stamp(path, "components: [1]\n")})[0].message


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (SECRETS, "apiVersion: v1\nkind: Secret\nmetadata: {name: vaultwarden-credentials}\nstringData: {a: b}\n", "a Secret stands here in plain text"),
        ("docs/example.yaml", "kind: List\nitems: [{kind: Secret, data: {a: Yg==}}]\n", "a Secret stands here in plain text"),
        (SECRETS, sops_secret("hello"), "has values that are not encrypted"),
        (SECRETS, sops_secret(recipients=("age1people",)), "cannot be read by age1prod"),
        (SECRETS, sops_secret(recipients=("age1people", "age1prod", "age1dev")), "can be read by age1dev"),
        (SECRETS, sops_secret(recipients=()), "is not encrypted for anybody"),
        (PATCH, "kind: Kustomization\nsecretGenerator: [{name: a, literals: [b=c]}]\n", "a generator of Secrets"),
        ("notes.txt", "AGE-SECRET-" + "KEY-1QQQQ", "stands here in plain text"),
        (SECRETS, "a: [\n", "is not valid YAML"),
        ("charts/x/templates/a.yaml", "kind: Secret\n{{ if }}: [\n", "is not valid YAML"),
        ("docs/secret.json", '{"kind": "Secret", "data": {"a": "Yg=="}}', "a Secret stands here in plain text"),
        ("kubeconfig-dev.yaml", "kind: Config\nusers: [{name: admin, user: {client-key-data: LS0t}}]\n", "a kubeconfig with its key"),
        (SECRETS, sops_secret().replace("name: vaultwarden-credentials", "name: passwords"), "should be named vaultwarden-credentials"),
        (PATCH, "kind: PersistentVolumeClaim\nmetadata: {name: vaultwarden-data}\n$patch: delete\n", "holds data"),
        (PATCH, "kind: Deployment\nmetadata: {name: vaultwarden-prod}\n", "names the environment prod"),
        (PATCH, "kind: Deployment\nmetadata: {name: Vault_Warden}\n", "is not lower case with hyphens"),
        ("kubernetes/environments/prod/vaultwarden/replicas.yaml", "kind: Deployment\n", "nothing here is read but"),
        ("kubernetes/environments/prod/sops-secrets-operator/patches/a.yaml", "kind: Deployment\n", "there are no objects of ours beside it"),
        ("kubernetes/README.md", "# Mine\n", "is in the way"),
    ],
)
def test_what_the_owner_put_there(path: str, text: str, said: str) -> None:
    found = problems({**FIRST, path: text})
    assert any(problem.path == path and said in problem.message for problem in found), [str(problem) for problem in found]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (SECRETS, sops_secret()),
        (PATCH, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: vaultwarden}\nspec: {replicas: 1}\n"),
        (PATCH, "kind: PersistentVolumeClaim\nmetadata: {name: vaultwarden-data}\nspec: {resources: {requests: {storage: 20Gi}}}\n"),
        (PATCH, FIRST["kubernetes/environments/prod/vaultwarden/kustomization.yaml"].partition("\n")[0] + "\nkind: Deployment\n"),
        ("docs/example.yaml", "kind: Secret\nmetadata: {name: explained}\n"),
        ("docs/namespace.yaml", "kind: Namespace\nmetadata: {name: explained}\n"),
        ("charts/x/templates/a.yaml", "kind: ConfigMap\n{{ if }}: [\n"),
        ("kubeconfig.yaml", "kind: Config\nusers: [{name: admin, user: {exec: {command: login}}}]\n"),
        ("README.md", "# Mine\n"),
    ],
)
def test_what_the_owner_may_put_there(path: str, text: str) -> None:
    tree = after({**FIRST, path: text})
    assert tree[path] == text
    listed = tree["kubernetes/environments/prod/vaultwarden/kustomization.yaml"]
    assert path.partition("prod/vaultwarden/")[2] in listed


def test_every_problem_is_told_at_once() -> None:
    values = "kubernetes/environments/prod/traefik/values.yaml"
    tree = {**FIRST, values: FIRST[values] + "more: 1\n", "notes.txt": "AGE-SECRET-" + "KEY-1QQQQ", SECRETS: sops_secret("hello")}
    assert {problem.path for problem in problems(tree)} == {values, "notes.txt", SECRETS}


def test_with_a_broken_lock_files_of_the_owner_are_not_blamed() -> None:
    tree = {**FIRST, PATCH: "kind: Deployment\nmetadata: {name: vaultwarden}\n", lock_path("prod"): stamp(lock_path("prod"), "components: [1]\n")}
    assert [problem.path for problem in problems(tree)] == [lock_path("prod")]


def test_a_secret_is_never_printed() -> None:
    assert "hello" not in "".join(str(problem) for problem in problems({**FIRST, SECRETS: sops_secret("hello")}))


def test_without_a_repository_there_is_no_tree() -> None:
    with pytest.raises(TreeRefused, match=r"git.repository is not known"):
        rendered({}, changed(git={"repository": None}))


def test_a_release_that_does_not_fit_the_kubernetes_of_its_environment() -> None:
    data = copy.deepcopy(SITE)
    data["components"]["sops-secrets-operator"] = {"version": "0.28.1"}
    data["k3s"]["version"] = "v1.36.0+k3s1"
    with pytest.raises(TreeRefused, match=r"sops-secrets-operator 0.26.0 is made for Kubernetes 1.35; prod has 1.36"):
        rendered(FIRST, data)
