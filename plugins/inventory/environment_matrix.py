# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory from an environment matrix."""

from __future__ import annotations

DOCUMENTATION = r"""
name: environment_matrix
short_description: Hosts, groups and variables from an environment matrix
version_added: 0.1.0
author:
  - groundwork.platform contributors (@groundwork)
description:
  - Reads one YAML file that describes a company's vCenters, hypervisors, networks and environments, checks it, and derives
    every name, address, group and variable from it.
  - The inventory file must end in C(environment_matrix.yml) or C(environment_matrix.yaml).
  - Nothing is asked over the network, and no secret is read. Variables that need one hold a template with the lookup
    P(groundwork.platform.secret#lookup), which runs only when the variable is used.
  - Everything that is wrong with the matrix is reported at once, each with file, line and column.
notes:
  - Without C(any_unparsed_is_failed=true) in C(ansible.cfg), Ansible itself goes on after an inventory that cannot be read.
    The playbooks of this collection end such a run.
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [groundwork.platform.environment_matrix]
  matrix:
    description: Path of the matrix, relative to the inventory file.
    type: str
    default: ../matrix.yml
  environments:
    description:
      - Keys of the environments whose nodes are wanted. Machines outside the clusters, vCenters and hypervisors always come along.
      - Not given means all environments of the matrix.
    type: list
    elements: str
  overlays:
    description:
      - Files with deviations from the matrix, applied in order. Relative to the inventory file.
      - They are meant for rehearsals; C(groundwork_deviations) lists what they changed.
    type: list
    elements: path
    default: []
    env:
      - name: GROUNDWORK_MATRIX_OVERLAY
extends_documentation_fragment:
  - ansible.builtin.constructed
requirements:
  - pydantic >= 2
seealso:
  - plugin: groundwork.platform.secret
    plugin_type: lookup
"""

EXAMPLES = r"""
# inventories/dev/environment_matrix.yml: the development environment
plugin: groundwork.platform.environment_matrix
matrix: ../matrix.yml
environments: [dev]
---
# All environments, with groups of one's own
plugin: groundwork.platform.environment_matrix
matrix: ../matrix.yml
keyed_groups:
  - key: groundwork_node.hypervisor
    prefix: "on"
groups:
  first_nodes: groundwork_node.number == 21
compose:
  node_label: groundwork_node.role ~ "-" ~ groundwork_node.number
"""

import os
import pathlib
import typing as t

from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.inventory.host import Host
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible_collections.groundwork.platform.plugins.plugin_utils._garbage import garbage_collection_paused
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import PYDANTIC_ERROR
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.inventory import groups_of, hosts_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded, load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems, did_you_mean


class InventoryModule(BaseInventoryPlugin, Constructable):
    """Thin shell over the matrix: options in, hosts and groups out."""

    NAME = "groundwork.platform.environment_matrix"
    # Everything that flows through here is the operator's own YAML; nothing comes from an API.
    trusted_by_default = True

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("environment_matrix.yml", "environment_matrix.yaml"))

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        if PYDANTIC_ERROR is not None:
            raise AnsibleParserError(f"{path}: the Python that runs Ansible lacks pydantic; install it: pip install 'pydantic>=2'") from PYDANTIC_ERROR
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        self._refuse_unknown_keys(path, config)
        with garbage_collection_paused():
            loaded = self._load(path)
            self._populate(inventory, loaded, self._selected(path, loaded))

    def _refuse_unknown_keys(self, path: str, config: t.Mapping[str, t.Any]) -> None:
        unknown = [f"unknown key {key!r}; {did_you_mean(key, self._options, 'known keys')}" for key in sorted(set(config) - set(self._options))]
        if unknown:
            raise AnsibleParserError("\n".join(f"{path}: {problem}" for problem in unknown))

    def _load(self, path: str) -> Loaded:
        folder = pathlib.Path(path).absolute().parent
        overlays = [part for entry in self.get_option("overlays") for part in str(entry).split(":") if part]
        try:
            return load_matrix(_beside(folder, self.get_option("matrix")), [_beside(folder, overlay) for overlay in overlays])
        except MatrixProblems as error:
            raise AnsibleParserError(f"the environment matrix cannot be used\n{error}") from error

    def _selected(self, path: str, loaded: Loaded) -> list[str]:
        known = loaded.site.environments
        wanted = self.get_option("environments")
        unknown = [key for key in wanted or () if key not in known]
        if unknown:
            raise AnsibleParserError("\n".join(f"{path}: there is no environment {key!r}; {did_you_mean(key, known, 'name one of')}" for key in unknown))
        return list(known) if wanted is None else [str(key) for key in wanted]

    def _populate(self, inventory: InventoryData, loaded: Loaded, environments: list[str]) -> None:
        groups = groups_of(loaded, environments)
        for name in groups:
            inventory.add_group(name)
        for name, group in groups.items():
            for child in group.children:
                inventory.add_child(name, child)
            for variable, value in group.variables.items():
                inventory.set_variable(name, variable, value)
        construct = any(self.get_option(option) for option in ("compose", "groups", "keyed_groups"))
        for host in hosts_of(loaded, environments):
            inventory.add_host(host.name)
            for group_name in host.groups:
                inventory.add_child(group_name, host.name)
            for variable, value in host.variables.items():
                inventory.set_variable(host.name, variable, value)
            if construct:
                self._construct(host.name, inventory.hosts[host.name])

    def _construct(self, name: str, host: Host) -> None:
        """The user's own groups and variables: Jinja, and only when asked for (0.5 ms per expression and host)."""
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), host.get_vars(), name, strict=strict)
        variables = host.get_vars()
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict, fetch_hostvars=False)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict, fetch_hostvars=False)


def _beside(folder: pathlib.Path, name: str) -> pathlib.Path:
    """A path relative to the inventory file, without the .. that would make messages hard to read."""
    return pathlib.Path(os.path.normpath(folder / pathlib.Path(name).expanduser()))
