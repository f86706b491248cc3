#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module argo_cd_bootstrap: Argo CD's first installation. What is done follows from _argocd/decide, and is done by _argocd/bootstrap."""

from __future__ import annotations

DOCUMENTATION = r"""
module: argo_cd_bootstrap
short_description: Bring Argo CD into a cluster and let it run itself from Git
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Looks who owns Argo CD in the cluster first. Where there is none it is installed, where one exists it is adopted, what an interrupted run
    left is completed, and an Argo CD that has lost a part without which it cannot mend itself gets that part back.
  - Everything is applied on the server's side under a field manager of its own. When Argo CD has applied itself from Git, that manager gives up
    every field, so that nothing has two owners. From then on this module changes nothing but the keys and the first Application.
  - Refused, before anything is touched, are a second Argo CD in another namespace, an older release than the one that runs, and an
    Application from elsewhere that owns what the tree has, too.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.kube
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
requirements:
  - PyYAML
options:
  installation:
    description: What P(groundwork.platform.argo_cd_installation#lookup) says.
    type: dict
    required: true
  manifests:
    description: The vendor's files, fetched and verified.
    type: list
    elements: path
    required: true
  repository:
    description: SSH address of the repository.
    type: str
    required: true
  deploy_key:
    description: Private key that may read it.
    type: str
    required: true
  age_key:
    description: Private age key of this cluster; empty where nothing decrypts Secrets there.
    type: str
    default: ""
  wait:
    description: Seconds that each step may take; the last one lasts until everything of the tree is Synced and Healthy.
    type: int
    default: 900
"""

EXAMPLES = r"""
- name: Hand the cluster over
  groundwork.platform.argo_cd_bootstrap:
    kubeconfig: ~/.kube/config
    context: example-dev
    installation: "{{ lookup('groundwork.platform.argo_cd_installation', '~/clusters', environment='dev') }}"
    manifests: [/tmp/install.yaml]
    repository: git@git.example.org:ops/clusters.git
    deploy_key: "{{ lookup('groundwork.platform.secret', 'git/deploy-key') }}"
    age_key: "{{ lookup('groundwork.platform.secret', 'git/dev/age-key') }}"
  delegate_to: localhost
"""

RETURN = r"""
action:
  description: What was done; C(keep) means that Argo CD runs itself and nothing was left to do.
  returned: success
  type: str
  sample: install
version_before:
  description: Release that ran before, empty for none.
  returned: success
  type: str
objects:
  description: Objects that were changed, or would be.
  returned: success
  type: list
  elements: str
released:
  description: Objects that Argo CD alone owns from now on.
  returned: success
  type: list
  elements: str
"""

import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.groundwork.platform.plugins.module_utils._argocd.bootstrap import Bootstrap, NotYet, Wanted
from ansible_collections.groundwork.platform.plugins.module_utils._argocd.decide import REFUSE
from ansible_collections.groundwork.platform.plugins.module_utils._argocd.objects import NoSuchPlace, age_secret, changed, repository_secret
from ansible_collections.groundwork.platform.plugins.module_utils._kube.arguments import KUBE_OPTIONS, kube_of
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError

try:
    import yaml
except ImportError:
    HAS_YAML = False
else:
    HAS_YAML = True

CONTINUE = "Repeat the run; it goes on from there."


def wanted_of(arguments: t.Mapping[str, t.Any]) -> Wanted:
    """From arguments to objects. Raises OSError, NoSuchPlace and yaml.YAMLError."""
    plan = arguments["installation"]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    vendor = [document for path in arguments["manifests"] for document in yaml.load_all(Path(path).read_text("utf-8"), Loader=loader)]
    documents = changed([*plan["namespaces"], *vendor], plan["patches"], plan["replacements"])
    keys = [repository_secret(arguments["repository"], arguments["deploy_key"]), *([age_secret(arguments["age_key"])] if arguments["age_key"] else [])]
    return Wanted(plan["version"], tuple(documents), tuple(keys), plan["root"], tuple(plan["applications"]), arguments["wait"])


def main() -> None:
    """Arguments in, what was done out."""
    module = AnsibleModule(
        argument_spec={
            **KUBE_OPTIONS,
            "installation": {"type": "dict", "required": True},
            "manifests": {"type": "list", "elements": "path", "required": True},
            "repository": {"type": "str", "required": True},
            "deploy_key": {"type": "str", "required": True, "no_log": True},
            "age_key": {"type": "str", "default": "", "no_log": True},
            "wait": {"type": "int", "default": 900},
        },
        supports_check_mode=True,
    )
    if not HAS_YAML:
        module.fail_json(msg=missing_required_lib("PyYAML"))
    try:
        result = Bootstrap(kube_of(module), module.check_mode).run(wanted_of(module.params))
    except NotYet as error:
        module.fail_json(msg=f"{error}. {CONTINUE}")
    except (KubeError, NoSuchPlace, OSError, yaml.YAMLError) as error:
        module.fail_json(msg=f"{error}. {CONTINUE}")
    if result.action == REFUSE:
        module.fail_json(msg="; ".join(result.warnings) + ". Nothing was changed.")
    for warning in result.warnings:
        module.warn(warning)
    module.exit_json(
        changed=bool(result.changed or result.released),
        action=result.action,
        version_before=result.version_before,
        objects=result.changed,
        released=result.released,
    )


if __name__ == "__main__":
    main()
