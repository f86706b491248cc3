# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in an environment's cluster, as variables of role argo_cd and of component_info."""

from __future__ import annotations

import base64
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Entry
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_platform import Git
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.platform_facts import platform_facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules_platform import version_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.secret_template import secret
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Environment


def platform_variables(loaded: Loaded, environment: Environment) -> dict[str, Any]:
    """Components in the order of their waves, how the cluster is handed over, and what is still to be said before that."""
    git = loaded.matrix.git or Git()
    return {
        "groundwork_components": _components(loaded, environment),
        "groundwork_tls": _tls(loaded, environment),
        "argo_cd_lacking": _lacking(loaded, environment.key),
        "argo_cd_environment": environment.key,
        "argo_cd_kubeconfig": loaded.matrix.access.kubeconfig,
        "argo_cd_context": f"{loaded.site.id}-{environment.key}",
        "argo_cd_repository": git.repository or "",
        "argo_cd_branch": git.branch,
        "argo_cd_known_hosts": list(git.known_hosts or ()),
        "argo_cd_deploy_key": secret("git/deploy-key"),
        "argo_cd_age_key": secret(f"git/{environment.key}/age-key", optional=True),
        "argo_cd_age_recipient": git.recipients.get(environment.key) or "",
    }


def _components(loaded: Loaded, environment: Environment) -> list[dict[str, Any]]:
    catalogue = Catalogue()
    asked = {**loaded.matrix.components, **loaded.matrix.applications}
    names = [name for name, part in asked.items() if version_of(part, catalogue[name]) is not None]
    here = [name for name in names if catalogue[name].cni in (None, environment.k3s.cni)]
    return [_component(loaded, environment.key, name, catalogue[name]) for name in sorted(here, key=lambda name: (catalogue.wave(name), name))]


def _component(loaded: Loaded, key: str, name: str, entry: Entry) -> dict[str, Any]:
    facts = platform_facts(loaded.matrix, key, name)
    probes = [
        {**probe.model_dump(exclude={"fact"}, exclude_none=True), **({"wanted": str(facts[probe.fact])} if probe.fact in facts else {})}
        for probe in entry.ready.probes
    ]
    return {
        "name": name,
        "layer": entry.layer,
        "namespace": entry.namespace,
        "crds": list(entry.crds),
        "workloads": list(entry.ready.workloads),
        **({"dry_run": entry.ready.dry_run} if entry.ready.dry_run else {}),
        "probes": probes,
        "proof": entry.ready.proof,
    }


def _tls(loaded: Loaded, environment: Environment) -> dict[str, Any]:
    """The authority whose chains are right here: its root (PEM; empty = one of the system's), and whether clients trust it."""
    tls = loaded.matrix.tls
    issuer = platform_facts(loaded.matrix, environment.key, "").get("issuer", "")
    root = tls.own.root if tls and tls.own and issuer == "own" else None
    return {"root": base64.b64decode(root).decode() if root else "", "trusted": issuer != "letsencrypt-staging"}


def _lacking(loaded: Loaded, key: str) -> list[str]:
    if loaded.matrix.git is None:
        return ["git (the repository that the clusters are run from)"]
    return [f"{item.path} ({item.what})" for item in loaded.missing if item.path.startswith("git.") and item.needed_by(key)]
