# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of modules that speak to a Kubernetes API (documented in the fragment ``kube``), and the client that follows from them."""

from __future__ import annotations

import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.groundwork.platform.plugins.module_utils._kube import connection
from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import PATIENCE_SECONDS, Kube

KUBE_OPTIONS: dict[str, t.Any] = {
    "kubeconfig": {"type": "path", "required": True},
    "context": {"type": "str", "required": True},
}


def kube_of(module: AnsibleModule, patience: float = PATIENCE_SECONDS) -> Kube:
    """The client; ends the module where the library is missing. Raises KubeError for a kubeconfig that cannot be used."""
    if connection.IMPORT_ERROR is not None:
        reason = "".join(traceback.format_exception_only(type(connection.IMPORT_ERROR), connection.IMPORT_ERROR)).strip()
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=reason)
    return Kube(connection.Connection(module.params["kubeconfig"], module.params["context"]), patience)
