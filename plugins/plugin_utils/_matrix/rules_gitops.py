# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about how the clusters are run from Git: who signs certificates, and whether the Git server is the right one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_platform import Tls
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule

SOLVER = "cert-manager-webhook-ionos"
PEM = b"-----BEGIN CERTIFICATE-----"


@rule("GW915", "issuer that nobody is", "An application whose certificate nobody issues is served with one that no browser believes.")
def nobody_signs(facts: Facts) -> Iterator[Finding]:
    """tls.own against its users, what it consists of, and what each issuer needs in the clusters."""
    tls = facts.matrix.tls
    if tls is None:
        return
    yield from _without_solver(facts, tls)
    users: dict[str, Path] = {
        key: ("environments", key, "issuer") if environment.issuer else ("tls", "issuer")
        for key, environment in facts.matrix.environments.items()
        if (environment.issuer or tls.issuer) == "own"
    }
    for key, path in users.items():
        if tls.own is None:
            yield Finding(path, f"{key} uses the issuer own, and tls.own does not say what that is", "add tls.own with the directory of your ACME server")
    if tls.own is None:
        return
    for field in ("ca_bundle", "root"):
        value = getattr(tls.own, field)
        if value is not None and not is_certificate(value):
            yield Finding(("tls", "own", field), f"{field} is no certificate", "write the PEM file in base64, in one line: base64 --wrap=0 ca.pem")
    if not users:
        yield Finding(("tls", "own"), "no environment uses the issuer own", "set issuer: own for one, or remove tls.own", at_key=True)
    elif "traefik" not in facts.matrix.components:
        yield Finding(("tls", "own"), "the issuer own proves names over HTTP, and no traefik could answer", "add traefik to components", at_key=True)


def _without_solver(facts: Facts, tls: Tls) -> Iterator[Finding]:
    """Let's Encrypt's issuers come with the component that proves names to it."""
    users = [key for key, environment in facts.matrix.environments.items() if (environment.issuer or tls.issuer) != "own"]
    asked = [*facts.matrix.components, *facts.matrix.applications]
    needy = [name for name in asked if name in facts.catalogue.names and any(part.fact == "issuer" for part in facts.catalogue[name].parameters)]
    if users and needy and SOLVER not in facts.matrix.components:
        message = f"{needy[0]} needs a certificate in {users[0]}, and nothing makes the issuer {facts.matrix.environments[users[0]].issuer or tls.issuer}"
        yield Finding(("tls",), message, f"add {SOLVER} to components, or use an ACME server of your own (tls.own)", at_key=True)


@rule("GW916", "host keys of another server", "Argo CD would refuse the repository, or believe a server that is not yours.")
def other_server(facts: Facts) -> Iterator[Finding]:
    """Names in git.known_hosts against the repository's."""
    git = facts.matrix.git
    if git is None or git.repository is None or git.known_hosts is None:
        return
    host, port = server_of(git.repository)
    wanted = f"[{host}]:{port}" if port not in ("", "22") else host
    named = [line.split()[0] for line in git.known_hosts]
    if not any(name.startswith("|") or wanted in name.split(",") for name in named):
        message = f"no host key is for {wanted}, where the repository is"
        yield Finding(("git", "known_hosts"), message, f"write what ssh-keyscan says of {host}, after comparing it with what its owner publishes", at_key=True)


def is_certificate(text: str) -> bool:
    """Whether a base64 text holds a certificate in PEM."""
    try:
        return PEM in base64.b64decode(text, validate=True)
    except binascii.Error:
        return False


def server_of(repository: str) -> tuple[str, str]:
    """Host and port ("" = ssh's own) of an SSH address in either form."""
    if repository.startswith("ssh://"):
        host, _colon, port = repository.removeprefix("ssh://").partition("/")[0].rpartition("@")[2].partition(":")
        return host, port
    return repository.rpartition("@")[2].partition(":")[0], ""
