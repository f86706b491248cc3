# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the files: waves, projects, namespaces, traffic, values and pools."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import LAYERS, Flow
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.policies import namespace_policies
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import load_all

from tests.unit.plugins.plugin_utils._gitops.sites import CATALOGUE, ENVIRONMENTS, FIRST, LOADED, SITE, after, locked, rendered

DEV = "kubernetes/environments/dev"
CONFIRM = {"Prune=confirm", "Delete=confirm"}
API = [{"ipBlock": {"cidr": "10.1.0.21/32"}}]
PODS = [{"ipBlock": {"cidr": "10.42.0.0/16"}}]


def documents(path: str, tree: dict[str, str] = FIRST) -> list[Any]:
    return load_all(tree[path])


def applications(environment: str) -> dict[str, Any]:
    folder = f"kubernetes/environments/{environment}/applications/"
    return {path.removeprefix(folder).removesuffix(".yaml"): documents(path)[0] for path in FIRST if path.startswith(folder)}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_component_has_its_application_in_its_wave(environment: str) -> None:
    found = applications(environment)
    assert set(found) == set(SITE["components"]) | set(SITE["applications"]) == set(locked(FIRST, environment))
    for name, thing in found.items():
        assert int(thing["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]) == CATALOGUE.wave(name)
        assert thing["spec"]["project"] == CATALOGUE[name].layer
        assert set(thing["spec"]["syncPolicy"]["syncOptions"]) >= CONFIRM or not CATALOGUE[name].holds_data


def test_what_argo_cd_fetches_is_named_as_not_validated() -> None:
    """Every component but what we describe ourselves, with its version."""
    found = rendered({}).not_validated
    entries = {name: CATALOGUE[name] for name in locked(FIRST, "dev")}
    assert {what.split()[0] for what in found} == {name for name, entry in entries.items() if entry.chart or entry.manifest} == entries.keys() - {"vaultwarden"}
    metallb, argocd = (locked(FIRST, "dev")[name].version for name in ("metallb", "argocd"))
    assert {f"metallb {metallb} (chart)", f"argocd {argocd} (install.yaml)"} <= set(found)


def test_argo_cd_applies_all_of_itself_and_of_others_what_differs() -> None:
    lacking = {name for name, thing in applications("dev").items() if "ApplyOutOfSyncOnly=true" not in thing["spec"]["syncPolicy"]["syncOptions"]}
    assert lacking == {"argocd"}


def test_projects_let_nothing_in_that_is_not_of_their_layer() -> None:
    found = {project["metadata"]["name"]: project["spec"] for project in documents(f"{DEV}/projects.yaml")}
    assert list(found) == [layer for layer in LAYERS if layer in found]
    assert found["applications"]["clusterResourceWhitelist"] == []
    assert found["applications"]["destinations"] == [{"server": "https://kubernetes.default.svc", "namespace": "vaultwarden"}]
    for name, thing in applications("dev").items():
        sources = thing["spec"].get("sources") or [thing["spec"]["source"]]
        assert {source["repoURL"] for source in sources} <= set(found[CATALOGUE[name].layer]["sourceRepos"])
        assert thing["spec"]["destination"] in found[CATALOGUE[name].layer]["destinations"]


def test_a_chart_comes_with_values_of_its_release_and_of_its_environment() -> None:
    chart, tree = applications("prod")["longhorn"]["spec"]["sources"]
    release = locked(FIRST, "prod")["longhorn"].release
    assert (chart["repoURL"], chart["chart"], chart["targetRevision"]) == ("https://charts.longhorn.io", "longhorn", "1.12.1")
    files = [file.removeprefix("$tree/") for file in chart["helm"]["valueFiles"]]
    assert files == [f"kubernetes/releases/longhorn/{release}/values.yaml", "kubernetes/environments/prod/longhorn/values.yaml"]
    assert set(files) <= set(FIRST)
    assert tree["ref"] == "tree"


def test_every_resource_of_every_kustomization_is_there() -> None:
    for path in FIRST:
        if path.endswith("/kustomization.yaml"):
            folder = path.rpartition("/")[0]
            listed = documents(path)[0]["resources"]
            assert listed, path
            for resource in (entry for entry in listed if "://" not in entry):
                place = f"{folder}/{resource}" if ".." not in resource else "kubernetes/" + resource.removeprefix("../../../")
                assert place in FIRST or f"{place}/kustomization.yaml" in FIRST, (path, resource)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_namespaces_are_closed_and_never_deleted_without_a_question(environment: str) -> None:
    folder = f"kubernetes/environments/{environment}/namespaces/"
    for path in (path for path in FIRST if path.startswith(folder)):
        namespace, *policies = documents(path)
        assert set(namespace["metadata"]["annotations"]["argocd.argoproj.io/sync-options"].split(",")) == CONFIRM
        assert policies[0]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        assert {policy["metadata"]["namespace"] for policy in policies} == {namespace["metadata"]["name"]}
    assert f"{folder}kube-system.yaml" not in FIRST


def test_a_shared_namespace_has_the_loosest_level_of_its_components() -> None:
    namespace = documents(f"{DEV}/namespaces/cert-manager.yaml")[0]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
    assert CATALOGUE["cert-manager"].pod_security == "restricted"


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        ({"from": "api", "ports": ["9443/tcp"], "why": ""}, {"ingress": [{"from": API + PODS, "ports": [{"protocol": "TCP", "port": 9443}]}]}),
        ({"to": "api", "ports": ["6443/tcp"], "why": ""}, {"egress": [{"to": API, "ports": [{"protocol": "TCP", "port": 6443}]}]}),
        ({"from": "nodes", "why": ""}, {"ingress": [{"from": API + PODS}]}),
        ({"from": "outside", "why": ""}, {"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}),
        ({"to": "outside", "why": ""}, {"egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.42.0.0/16"]}}]}]}),
        ({"to": "pods", "why": ""}, {"egress": [{"to": [{"namespaceSelector": {}}]}]}),
        ({"from": "self", "why": ""}, {"ingress": [{"from": [{"podSelector": {}}]}]}),
        (
            {"from": "traefik", "ports": ["10000-30000/udp"], "why": ""},
            {
                "ingress": [
                    {
                        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "entry"}}}],
                        "ports": [{"protocol": "UDP", "port": 10000, "endPort": 30000}],
                    }
                ]
            },
        ),
        ({"from": "grafana", "why": ""}, {}),
    ],
)
def test_flows(flow: dict[str, Any], expected: dict[str, Any]) -> None:
    spec = Inputs(LOADED, CATALOGUE, {}).bases["metallb"].spec.model_copy(update={"flows": [Flow.model_validate(flow)]})
    policies = list(namespace_policies("here", [spec], Target(LOADED, "dev"), {"traefik": "entry"}))
    own = [policy["spec"] for policy in policies[2:]]
    assert own == ([{"podSelector": {}, "policyTypes": [key.capitalize() for key in expected], **expected}] if expected else [])


def test_facts_reach_values_and_objects() -> None:
    values = documents("kubernetes/environments/stage/traefik/values.yaml")[0]
    assert values["service"]["annotations"] == {"metallb.io/loadBalancerIPs": "10.1.1.100"}
    (patch,) = documents("kubernetes/environments/stage/vaultwarden/kustomization.yaml")[0]["patches"]
    assert patch["target"] == {"kind": "Ingress", "name": "vaultwarden"}
    operations = {operation["path"]: operation["value"] for operation in load_all(patch["patch"])[0]}
    assert operations == {
        "/spec/rules/0/host": "vaultwarden-stage.example.org",
        "/spec/tls/0/hosts/0": "vaultwarden-stage.example.org",
        "/metadata/annotations/cert-manager.io~1cluster-issuer": "letsencrypt-prod",
    }


def test_an_environment_may_have_another_issuer() -> None:
    data = copy.deepcopy(SITE)
    data["environments"]["dev"]["issuer"] = "letsencrypt-staging"
    tree = after({}, data)
    assert "letsencrypt-staging" in tree[f"{DEV}/vaultwarden/kustomization.yaml"]
    assert "letsencrypt-staging" not in tree["kubernetes/environments/prod/vaultwarden/kustomization.yaml"]


def test_pools_are_those_of_the_matrix() -> None:
    *pools, announcement = documents("kubernetes/environments/prod/metallb/objects.yaml")
    assert {pool["metadata"]["name"]: (pool["spec"]["addresses"], pool["spec"]["autoAssign"]) for pool in pools} == {
        "ingress": (["10.1.2.100/32"], False),
        "default": (["10.1.2.151-10.1.2.160"], True),
    }
    assert announcement["spec"]["ipAddressPools"] == ["default", "ingress"]


def test_a_pod_network_is_only_where_k3s_has_none_of_its_own() -> None:
    data = copy.deepcopy(SITE)
    data["components"]["calico"] = {}
    data["environments"]["prod"]["k3s"] = {"cni": "calico"}
    tree = after({}, data)
    assert ["calico" in locked(tree, key) for key in ENVIRONMENTS] == [False, False, True]


def test_vendors_files_get_a_namespace_only_where_they_have_none() -> None:
    data = copy.deepcopy(SITE)
    data["components"]["calico"] = {}
    tree = after({}, data)
    assert documents("kubernetes/base/argocd/kustomization.yaml", tree)[0]["namespace"] == "argocd"
    calico = documents("kubernetes/base/calico/kustomization.yaml", tree)[0]
    assert "namespace" not in calico
    assert load_all(calico["patches"][0]["patch"])[0]["$patch"] == "delete"
