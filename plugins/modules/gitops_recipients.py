#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module gitops_recipients: its documentation. The work is done on the controller, in the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gitops_recipients
short_description: Encrypt the secrets of a tree for those who may read them
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Compares, for every encrypted file of a clone and for the site's own secrets file, who can read it with who should be able to. That is
    people (C(secrets.age_recipients) of the matrix) and, in the tree, the cluster of the file's environment (C(git.recipients)).
  - Files that differ get their readers and a new data key, so that a key which was removed opens nothing of what comes later. What it has opened
    before stays known; change the contents, too, when a key was lost to somebody.
  - Every file is decrypted once as a trial. Where one cannot be, nothing is changed. C(.sops.yaml) is written to fit.
  - It commits nothing. A run that was interrupted is repeated; files that are right already are left alone.
extends_documentation_fragment:
  - groundwork.platform.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
requirements:
  - pydantic >= 2 on the controller
  - sops on the controller, with a key in E(SOPS_AGE_KEY_FILE) that opens the files
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
- name: Let those read who may
  groundwork.platform.gitops_recipients:
    path: ~/clusters
    matrix: "{{ groundwork_matrix_path }}"
"""

RETURN = r"""
files:
  description: Files that were encrypted anew, or would be, with the public keys that came and went.
  returned: success
  type: list
  elements: dict
  sample:
    - path: /home/ops/clusters/kubernetes/environments/prod/vaultwarden/secrets/credentials.yaml
      add: [age1new]
      remove: [age1old]
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
    module.fail_json(msg="groundwork.platform.gitops_recipients runs on the controller; its action plugin was not found")


if __name__ == "__main__":
    main()
