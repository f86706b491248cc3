#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module component_info: whether components work. The looking is in _readiness/look, the judgement in _readiness/verdicts and proofs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: component_info
short_description: Prove that the components of a cluster work
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Looks at each component of a cluster that Argo CD runs from Git. Its Application is Synced and Healthy, its CRDs are established and
    served, its workloads are rolled out, its admission webhooks have a CA bundle and an endpoint and accept a dry run.
  - Then it asks for what the component is there for. A Service has the configured address, names are served with a trusted chain, a new
    volume keeps what a pod writes until another reads it, encrypted Secrets have been decrypted, somebody outside has accepted an alert.
  - A component that the environment's tree does not hold yet is C(absent), which is no fault; what nobody can try from here is C(unproven).
  - Leaves nothing behind. The proof of a volume makes a namespace of its own and removes it; check mode leaves that proof out.
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.attributes.info
  - groundwork.platform.kube
options:
  components:
    description: What to look at, in this order; the environment matrix makes this list (C(groundwork_components)).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the component and of its Application.
        type: str
        required: true
      layer:
        description: Layer that it belongs to.
        type: str
        required: true
      namespace:
        description: Where its workloads run.
        type: str
        required: true
      crds:
        description: Names of its custom resource definitions.
        type: list
        elements: str
        default: []
      workloads:
        description: Deployments, StatefulSets and DaemonSets as C(<kind>/<name>).
        type: list
        elements: str
        default: []
      dry_run:
        description: An object that its webhook has to accept.
        type: dict
      probes:
        description: Proofs beside these.
        type: list
        elements: dict
        default: []
        suboptions:
          kind:
            description: What is tried.
            type: str
            required: true
            choices: [address, alerts, certificates, condition, secrets, volume]
          api_version:
            description: Of the objects to look at.
            type: str
          target:
            description: C(<kind>/<name>), or a kind alone for all objects of it.
            type: str
          condition:
            description: Condition that they must have.
            type: str
          wanted:
            description: What the site says, such as an address.
            type: str
      proof:
        description: How people would know that it works.
        type: str
        default: ""
  wait:
    description: Seconds to look again and again until nothing is waiting or failed; 0 looks once.
    type: int
    default: 0
  ca:
    description: Authority of the site's certificates, as PEM. Without it those of the system count.
    type: str
    default: ""
  trusted:
    description: Whether clients trust the authority of the certificates. False for a staging authority, whose chains then are C(unproven).
    type: bool
    default: true
  image:
    description: Image with a shell for the proof of volumes.
    type: str
    default: rancher/mirrored-library-busybox:1.37.0
"""

EXAMPLES = r"""
- name: Prove what the matrix names
  groundwork.platform.component_info:
    kubeconfig: ~/.kube/config
    context: example-dev
    components: "{{ groundwork_components }}"
    wait: 300
  delegate_to: localhost
  register: components

- name: Have all of it ready
  ansible.builtin.assert:
    that: components.lacking | length == 0
    fail_msg: "{{ components.table | join('\n') }}"
"""

RETURN = r"""
table:
  description: One line for each component, with a line below it for each check that is not ready.
  returned: success
  type: list
  elements: str
lacking:
  description: Names of components of which something is waiting or failed.
  returned: success
  type: list
  elements: str
components:
  description: Every verdict.
  returned: success
  type: list
  elements: dict
  sample:
    - name: metallb
      state: ready
      verdicts: [{check: webhooks, state: ready, text: 1 with CA bundle and endpoint}]
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._kube.arguments import KUBE_OPTIONS, kube_of
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.look import Looker, Site
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.model import FAILED, WAITING, Row, component_of, table

ROUND_SECONDS = 3.0
PROBE = {
    "kind": {"type": "str", "required": True, "choices": ["address", "alerts", "certificates", "condition", "secrets", "volume"]},
    "api_version": {"type": "str"},
    "target": {"type": "str"},
    "condition": {"type": "str"},
    "wanted": {"type": "str"},
}
COMPONENT = {
    "name": {"type": "str", "required": True},
    "layer": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "crds": {"type": "list", "elements": "str", "default": []},
    "workloads": {"type": "list", "elements": "str", "default": []},
    "dry_run": {"type": "dict"},
    "probes": {"type": "list", "elements": "dict", "default": [], "options": PROBE},
    "proof": {"type": "str", "default": ""},
}


def looked(module: AnsibleModule) -> list[Row]:
    """Rows of the last round: the first one in which nothing is left to wait for, or the one after which the time is over."""
    arguments = module.params
    site = Site(arguments["ca"], arguments["trusted"], arguments["image"], write=not module.check_mode)
    looker = Looker(kube_of(module), site)
    components = [component_of(entry) for entry in arguments["components"]]
    until = time.monotonic() + arguments["wait"]
    while True:
        rows = looker.rows(components)
        if not lacking(rows) or time.monotonic() + ROUND_SECONDS > until:
            return rows
        time.sleep(ROUND_SECONDS)


def lacking(rows: list[Row]) -> list[str]:
    """Components that are not ready and should be."""
    return [row.component.name for row in rows if row.state in (FAILED, WAITING)]


def main() -> None:
    """Arguments in, verdicts out."""
    module = AnsibleModule(
        argument_spec={
            **KUBE_OPTIONS,
            "components": {"type": "list", "elements": "dict", "required": True, "options": COMPONENT},
            "wait": {"type": "int", "default": 0},
            "ca": {"type": "str", "default": ""},
            "trusted": {"type": "bool", "default": True},
            "image": {"type": "str", "default": "rancher/mirrored-library-busybox:1.37.0"},
        },
        supports_check_mode=True,
    )
    try:
        rows = looked(module)
    except KubeError as error:
        module.fail_json(msg=str(error))
    found = [
        {"name": row.component.name, "state": row.state, "verdicts": [{"check": v.check, "state": v.state, "text": v.text} for v in row.verdicts]}
        for row in rows
    ]
    module.exit_json(changed=False, table=table(rows), lacking=lacking(rows), components=found)


if __name__ == "__main__":
    main()
