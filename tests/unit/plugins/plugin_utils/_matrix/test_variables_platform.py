# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64

from ansible_collections.groundwork.platform.plugins.module_utils._readiness.look import Looker
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.variables_platform import platform_variables

from tests.unit.plugins.plugin_utils._gitops.sites import CATALOGUE, LOADED, changed, load

PEM = "-----BEGIN CERTIFICATE-----\n"
HOST_KEY = "git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEk"


def test_components_come_in_the_order_of_their_waves_with_what_the_environment_says() -> None:
    found = platform_variables(LOADED, LOADED.site.environments["stage"])["groundwork_components"]
    names = [component["name"] for component in found]
    assert names == sorted(names, key=lambda name: (CATALOGUE.wave(name), name))
    assert "vaultwarden" in names
    traefik = next(component for component in found if component["name"] == "traefik")
    assert {"kind": "address", "target": "Service/traefik", "wanted": "10.1.1.100"} in traefik["probes"]


def test_every_proof_of_the_catalogue_can_be_tried() -> None:
    kinds = {probe.kind for name in CATALOGUE.names for probe in CATALOGUE[name].ready.probes}
    assert kinds
    for kind in kinds:
        assert callable(getattr(Looker, f"_{kind}"))


def test_what_the_owner_has_not_said_is_named() -> None:
    lacking = platform_variables(LOADED, LOADED.site.environments["dev"])["argo_cd_lacking"]
    assert lacking == ["git.known_hosts (host keys of the Git server, compared with what it publishes)"]
    whole = load(changed(git={"known_hosts": [HOST_KEY], "recipients": {"dev": "age1dev", "stage": None, "prod": "age1prod"}}))
    assert platform_variables(whole, whole.site.environments["dev"])["argo_cd_lacking"] == []
    assert "git.recipients.stage" in platform_variables(whole, whole.site.environments["stage"])["argo_cd_lacking"][0]


def test_keys_are_templates() -> None:
    found = platform_variables(LOADED, LOADED.site.environments["dev"])
    assert "git/deploy-key" in found["argo_cd_deploy_key"]
    assert found["argo_cd_deploy_key"].startswith("{{")
    assert "git/dev/age-key" in found["argo_cd_age_key"]


def test_whose_chains_are_right() -> None:
    data = changed(tls={"own": {"server": "https://acme.example.org/d", "root": base64.b64encode(PEM.encode()).decode()}})
    data["environments"]["dev"]["issuer"] = "own"
    data["environments"]["stage"]["issuer"] = "letsencrypt-staging"
    loaded = load(data)
    tls = {key: platform_variables(loaded, environment)["groundwork_tls"] for key, environment in loaded.site.environments.items()}
    assert tls == {"dev": {"root": PEM, "trusted": True}, "stage": {"root": "", "trusted": False}, "prod": {"root": "", "trusted": True}}
