#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module gitops_tree: its documentation. The work is done on the controller, in the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gitops_tree
short_description: Write the tree that Argo CD runs the clusters from
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Renders Kustomize folders, Helm values, and Argo CD's projects and Applications for every environment of a matrix into a clone of
    the site's Git repository. It writes files only; it neither commits nor talks to a cluster.
  - The first environment follows the matrix. All others run immutable releases that their lock files name, and are moved by promotion.
  - The tree is refused, with everything that is wrong with it, when somebody edited a file of ours (the edit is shown as a patch), changed
    or removed a release or a lock file, left a secret in plain text, broke a naming rule, or put an object that holds data where it would
    be deleted without a question. Nothing is written then.
extends_documentation_fragment:
  - groundwork.platform.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - pydantic >= 2 on the controller
options:
  path:
    description: Clone of the repository, on the controller.
    type: path
    required: true
  matrix:
    description: The environment matrix.
    type: path
    required: true
  overlays:
    description: Files with deviations from the matrix, applied in order.
    type: list
    elements: path
    default: []
"""

EXAMPLES = r"""
- name: Write what follows from the matrix
  groundwork.platform.gitops_tree:
    path: ~/clusters
    matrix: "{{ groundwork_matrix_path }}"
"""

RETURN = r"""
written:
  description: Files that were written, or would be.
  returned: success
  type: list
  elements: str
removed:
  description: Files of ours that nothing needs any more.
  returned: success
  type: list
  elements: str
files:
  description: How many files of the tree are ours.
  returned: success
  type: int
without_version:
  description: Components of the matrix that wait for somebody to say a version.
  returned: success
  type: list
  elements: str
waiting:
  description: For each environment the components of which the environment before it runs another release.
  returned: success
  type: dict
not_validated:
  description:
    - Charts and files of vendors that releases of the tree consist of. Argo CD fetches them; nothing here has seen what is in them, so this is not
      validated, whatever else was.
  returned: success
  type: list
  elements: str
  sample: [cert-manager v1.21.1 (chart)]
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Reached only where the action plugin is not found."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "matrix": {"type": "path", "required": True},
            "overlays": {"type": "list", "elements": "path", "default": []},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="groundwork.platform.gitops_tree runs on the controller; its action plugin was not found")


if __name__ == "__main__":
    main()
