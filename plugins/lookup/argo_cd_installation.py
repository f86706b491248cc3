# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Argo CD's first installation in an environment consists of, read out of a clone of the tree."""

from __future__ import annotations

DOCUMENTATION = r"""
name: argo_cd_installation
short_description: What has to be in a cluster before Argo CD can take it from there
version_added: 0.2.0
author:
  - groundwork.platform contributors (@groundwork)
description:
  - Reads a clone of the tree that M(groundwork.platform.gitops_tree) writes, and says which release of Argo CD the environment's lock file names,
    where the vendor's files are, what is changed in them, which namespaces come first, and which Application begins it all.
  - The cluster gets what Argo CD itself will read a moment later, so that the two never disagree.
requirements:
  - pydantic >= 2
options:
  _terms:
    description: Folders of clones.
    type: list
    elements: path
    required: true
  environment:
    description: The environment, as the matrix calls it.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Know what to install
  ansible.builtin.set_fact:
    installation: "{{ lookup('groundwork.platform.argo_cd_installation', '~/clusters', environment='dev') }}"
"""

RETURN = r"""
_raw:
  description: One installation for each clone.
  type: list
  elements: dict
"""

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.bootstrap import installation
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import read_tree
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeRefused
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import PYDANTIC_ERROR


class LookupModule(LookupBase):
    """Thin shell over _gitops/bootstrap."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        self.set_options(var_options=variables, direct=kwargs)
        if PYDANTIC_ERROR is not None:
            raise AnsibleLookupError("the Python that runs Ansible lacks pydantic; install it: pip install 'pydantic>=2'")
        try:
            return [installation(read_tree(Path(term).expanduser()), self.get_option("environment")).to_data() for term in terms]
        except TreeRefused as problem:
            raise AnsibleLookupError(str(problem)) from None
        except OSError as problem:
            raise AnsibleLookupError(f"{problem.filename}: {problem.strerror}") from None
