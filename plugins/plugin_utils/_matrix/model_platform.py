# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Structure of the matrix: what runs in the clusters, and the Git repository that they are run from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Owner

SSH = r"^(ssh://[a-z0-9_-]+@[A-Za-z0-9.-]+(:[0-9]+)?/|[a-z0-9_-]+@[A-Za-z0-9.-]+:)[A-Za-z0-9._/-]+$"
HOST_KEY = r"^\S+ (ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*$"
Issuer = Literal["letsencrypt-staging", "letsencrypt-prod", "own"]
PINNED = "pinned"
RELEASE = Field(description="Release in the catalogue; pinned = the one that the catalogue recommends.")
Values = Annotated[dict[str, Any], Field(description="Helm values laid over those of the catalogue; never a secret.")]


class Component(Part):
    """One component of the catalogue."""

    version: Annotated[str | None, Owner("4", "exact version of this component"), RELEASE] = PINNED
    values: Values = {}


class Application(Component):
    """One application of the catalogue."""

    version: Annotated[str | None, Owner("6", "exact version of this application"), RELEASE] = PINNED


class Own(Part):
    """What an environment says itself of a component or an application. It is never promoted."""

    values: Values = {}


class Forge(Part):
    """Where approvals are given as reviews of a pull request, instead of by signed tags."""

    kind: Annotated[Literal["github", "forgejo"], Field(description="forgejo is also for Gitea, whose API is the same.")]
    api: Annotated[str, Field(pattern=r"^https?://", description="Address of its API; of Forgejo and Gitea with /api/v1.")]


class Git(Part):
    """The repository that holds the tree which playbooks/render.yml writes, and from which Argo CD runs the clusters."""

    repository: Annotated[
        str | None, Owner("3", "SSH address of the Git repository"), Field(pattern=SSH, description="SSH address, such as git@github.com:owner/name.git.")
    ] = None
    branch: Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]+$", description="The one branch that all environments read.")] = "main"
    recipients: Annotated[
        dict[str, Annotated[Annotated[str, Field(pattern=r"^age1[a-z0-9]+$")] | None, Owner("3", "public age key of this environment's cluster")]],
        Field(description="Public age key of each environment; its private half decrypts in that cluster alone."),
    ] = {}
    forge: Annotated[Forge | None, Field(description="A server with pull requests; its token is the secret git/token.")] = None
    known_hosts: Annotated[
        list[Annotated[str, Field(pattern=HOST_KEY)]] | None,
        Owner("3", "host keys of the Git server, compared with what it publishes"),
        Field(min_length=1, description="Host keys of the Git server, as lines of known_hosts; Argo CD believes no other."),
    ] = None
    mirror: Annotated[
        str | None,
        Field(pattern=r"^https?://[^/\s]+(/[^\s]*[^/\s])?$", description="Server that has all charts (charts/) and vendors' files (host/path)."),
    ] = None


class OwnAuthority(Part):
    """An ACME server of the site. It asks for a file over HTTP, which Traefik serves."""

    server: Annotated[str, Field(pattern=r"^https://", description="Address of its directory.")]
    ca_bundle: Annotated[
        str | None, Field(pattern=r"^[A-Za-z0-9+/]+=*$", description="Authority of its TLS certificate: PEM in base64; null = one that everybody trusts.")
    ] = None
    root: Annotated[
        str | None, Field(pattern=r"^[A-Za-z0-9+/]+=*$", description="Authority of what it issues: PEM in base64; null = one that everybody trusts.")
    ] = None


class Tls(Part):
    """Certificates for the names of applications."""

    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", description="Account of Let's Encrypt, which writes to it before a certificate ends.")]
    issuer: Annotated[Issuer, Field(description="Authority that signs; staging is trusted by no browser.")] = "letsencrypt-prod"
    own: Annotated[OwnAuthority | None, Field(description="What the issuer own is.")] = None
