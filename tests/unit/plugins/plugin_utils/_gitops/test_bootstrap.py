# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bootstrap takes out of the tree is what Argo CD will read there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible.errors import AnsibleLookupError
from ansible.plugins.loader import lookup_loader
from ansible_collections.groundwork.platform.plugins.module_utils._argocd.objects import changed as patched
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.bootstrap import installation
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import changes, write
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import lock_path
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeRefused
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import load_all

from tests.unit.plugins.plugin_utils._gitops.sites import ENVIRONMENTS, FIRST, after, changed, locked, rendered

HOST_KEY = "git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEk"
CONFIGS = ("argocd-cm", "argocd-cmd-params-cm", "argocd-ssh-known-hosts-cm")
VENDOR = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {}} for name in CONFIGS]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_gets_the_release_that_its_lock_names(environment: str) -> None:
    found = installation(FIRST, environment)
    assert found.version == locked(FIRST, environment)["argocd"].version
    assert found.manifests == (f"https://raw.githubusercontent.com/argoproj/argo-cd/{found.version}/manifests/install.yaml",)
    assert re.fullmatch("sha256:[0-9a-f]{64}", str(found.digest))
    assert [namespace["metadata"]["name"] for namespace in found.namespaces] == ["argocd", "sops-secrets-operator"]
    assert found.root["spec"]["source"]["path"] == f"kubernetes/environments/{environment}"
    assert set(found.applications) == set(locked(FIRST, environment))


def test_another_release_of_the_first_environment_does_not_reach_the_others() -> None:
    data = changed(components={"argocd": {"version": "v3.5.8"}})
    tree = after(FIRST, data)
    assert installation(tree, "dev").version == "v3.5.8"
    assert installation(tree, "prod").version == "v3.5.3"


def test_the_vendors_objects_get_what_the_tree_changes_in_them() -> None:
    data = changed(git={"known_hosts": [HOST_KEY]})
    found = installation(after({}, data), "dev")
    container = {"name": "argocd-server", "imagePullPolicy": "Always"}
    workloads = [patch["metadata"]["name"] for patch in found.patches if patch["kind"] != "ConfigMap"]
    kinds = {patch["metadata"]["name"]: patch["kind"] for patch in found.patches}
    pods = {"template": {"spec": {"containers": [container]}}}
    vendor = [*VENDOR, *({"apiVersion": "apps/v1", "kind": kinds[name], "metadata": {"name": name}, "spec": pods} for name in workloads)]
    by_name = {document["metadata"]["name"]: document for document in patched(vendor, found.patches, found.replacements)}
    assert by_name["argocd-ssh-known-hosts-cm"]["data"] == {"ssh_known_hosts": HOST_KEY + "\n"}
    assert "resource.customizations.health.argoproj.io_Application" in by_name["argocd-cm"]["data"]
    assert by_name["argocd-cmd-params-cm"]["data"] == {"controller.resource.health.persist": "true"}
    assert by_name["argocd-server"]["spec"]["template"]["spec"]["containers"] == [{**container, "imagePullPolicy": "IfNotPresent"}]


def test_without_host_keys_the_vendors_stay() -> None:
    assert installation(FIRST, "dev").replacements == ()


def test_a_mirror_has_the_vendors_files_and_the_charts() -> None:
    tree = after({}, changed(git={"mirror": "http://mirror.example.org/k8s"}))
    assert installation(tree, "dev").manifests == ("http://mirror.example.org/k8s/raw.githubusercontent.com/argoproj/argo-cd/v3.5.3/manifests/install.yaml",)
    assert "repoURL: http://mirror.example.org/k8s/charts" in tree["kubernetes/environments/dev/applications/metallb.yaml"]
    assert "- http://mirror.example.org/k8s/charts" in tree["kubernetes/environments/dev/projects.yaml"]


def test_the_sites_own_issuer_is_made_where_it_is_used() -> None:
    tls = {"issuer": "letsencrypt-prod", "own": {"server": "https://acme.example.org/directory", "ca_bundle": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="}}
    data = changed(tls=tls)
    data["environments"]["stage"]["issuer"] = "own"
    tree = after({}, data)
    assert "server: https://acme.example.org/directory" in tree["kubernetes/environments/stage/cert-manager/objects.yaml"]
    assert "kubernetes/environments/dev/cert-manager/objects.yaml" not in tree
    assert "cert-manager.io/cluster-issuer" in tree["kubernetes/environments/stage/vaultwarden/kustomization.yaml"].replace("~1", "/")


def test_a_proof_over_http_passes_the_policies_where_it_is_made() -> None:
    data = changed(tls={"issuer": "letsencrypt-prod", "own": {"server": "https://acme.example.org:14000/dir"}})
    data["environments"]["stage"]["issuer"] = "own"
    tree = after({}, data)

    def opened(environment: str, namespace: str) -> dict[str, list[int]]:
        policies = load_all(tree[f"kubernetes/environments/{environment}/namespaces/{namespace}.yaml"])
        (spec,) = [policy["spec"] for policy in policies if policy["metadata"]["name"] == "acme"] or [{}]
        return {way: [port["port"] for rule in spec.get(way, []) for port in rule["ports"]] for way in ("egress", "ingress") if way in spec}

    assert opened("stage", "cert-manager") == {"egress": [14000, 80, 8000, 8443]}
    assert opened("stage", "vaultwarden") == {"ingress": [8089]}
    assert opened("stage", "longhorn-system") == opened("dev", "cert-manager") == opened("dev", "vaultwarden") == {}


RELEASE = next(path for path in FIRST if path.startswith("kubernetes/releases/argocd/") and path.endswith("kustomization.yaml"))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"kubernetes/bootstrap/dev.yaml": None}, "kubernetes/bootstrap/dev.yaml"),
        ({lock_path("dev"): None, "kubernetes/bootstrap/dev.yaml": None}, "promotion.lock.yaml"),
        ({lock_path("dev"): "components: [1]\n"}, "is no lock file"),
        ({lock_path("dev"): "components: {}\n"}, "argocd is not among the components"),
        ({RELEASE: None}, "the release that the lock file names is not there"),
        ({RELEASE: "resources: []\n"}, "a release never changes"),
        ({"kubernetes/environments/dev/namespaces/argocd.yaml": None}, "the namespace argocd is not in the tree"),
    ],
)
def test_a_tree_that_a_cluster_cannot_be_run_from_is_refused(broken: dict[str, str | None], words: str) -> None:
    tree = {path: text for path, text in {**FIRST, **broken}.items() if text is not None}
    with pytest.raises(TreeRefused, match=words):
        installation(tree, "dev")


def test_the_lookup_reads_a_clone_and_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    write(tmp_path, changes({}, rendered({})))
    lookup = lookup_loader.get("groundwork.platform.argo_cd_installation")
    assert lookup.run([str(tmp_path)], {}, environment="prod")[0]["version"] == "v3.5.3"
    with pytest.raises(AnsibleLookupError, match="is not in the branch"):
        lookup.run([str(tmp_path)], {}, environment="live")
