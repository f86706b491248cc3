# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real world of a promotion: the clone, the clusters that the kubeconfig knows, the forge of the matrix, and the time."""

from __future__ import annotations

import datetime
import os
import time
import urllib.error
from collections.abc import Callable, Mapping
from pathlib import Path

from ansible.module_utils.urls import open_url
from ansible_collections.groundwork.platform.plugins.module_utils._kube import connection
from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.plugin_utils import _heartbeat
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_platform import Git as Settings
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.cluster import Cluster
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.forge import KINDS, Rest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.git import Git
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.journal import Holder
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.proposal import Forge
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import Refused
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import Repository
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import settings_of, signers_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.surroundings import World
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.wait import Clock, Observer
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.writing import Writer

#: Seconds that a request to a cluster is repeated for: a wait looks again anyway.
PATIENCE = 5.0
FORGE_SECONDS = 30


def now() -> datetime.datetime:
    """The controller's time."""
    return datetime.datetime.now(datetime.UTC)


def world_of(loaded: Loaded, path: Path, target: str, token: str, say: Callable[[str], None]) -> World:
    """Nothing is asked before it is needed. Raises Refused."""
    settings, rules = loaded.matrix.git or Settings(), settings_of(loaded, target)
    repository, observers = seen_by(loaded, path, target)
    writer = Writer(repository.git, settings.branch, rules.signed)
    return World(repository, writer, observers, forge_of(settings, token), Clock(now, time.sleep), say)


def seen_by(loaded: Loaded, path: Path, target: str = "") -> tuple[Repository, dict[str, Observer]]:
    """What only looks: the clone, with everybody who may sign anywhere, and the cluster of each environment. Raises Refused."""
    settings = loaded.matrix.git or Settings()
    repository = Repository(Git(path), settings.branch, signers_of(loaded, target))
    return repository, {key: Observer(repository, str(settings.repository), cluster_of(loaded, key)) for key in loaded.matrix.environments}


def cluster_of(loaded: Loaded, environment: str) -> Cluster:
    """By the context that site.yml merges into the kubeconfig."""

    def opened() -> Kube:
        if connection.IMPORT_ERROR is not None:
            raise KubeError("the Python that runs Ansible", "lacks the Kubernetes client; install it: pip install kubernetes")
        return Kube(connection.Connection(loaded.matrix.access.kubeconfig, f"{loaded.site.id}-{environment}"), PATIENCE)

    return Cluster(environment, opened)


def forge_of(settings: Settings, token: str) -> Forge | None:
    """The server with pull requests, if the matrix names one."""
    if settings.forge is None:
        return None
    if not token:
        raise Refused("git.forge needs a token: set GROUNDWORK_SECRET_GIT_TOKEN, or add git/token to the secrets file")
    return KINDS[settings.forge.kind](Rest(settings.forge.api, str(settings.repository), token, _request))


def me() -> Holder:
    """This user, and the ansible-playbook that this worker belongs to."""
    return Holder(_heartbeat.holder(), _heartbeat.identity(os.getppid()), f"{now():%Y-%m-%d %H:%M:%S} UTC")


def _request(method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes]:
    try:
        answer = open_url(address, method=method, headers=dict(headers), data=body, timeout=FORGE_SECONDS, http_agent="groundwork.platform")
    except urllib.error.HTTPError as problem:
        return problem.code, problem.read()
    return int(answer.status), answer.read()
