# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a loaded matrix to inventory variables: site-wide, per environment, per network and per host."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.sources import sources
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases import mariadb
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.postgresql import clusters
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.cloud_init import metadata, userdata
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.compatibility import GUEST_IDS
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.firewall import GROUPS, openings
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.flows import flows_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.missing import Missing
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.secret_template import secret
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Environment, Hypervisor, Machine, Site, VCenter
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.variables_backup import archives, snapshot_variables
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.variables_platform import platform_variables


def site_variables(loaded: Loaded) -> dict[str, Any]:
    """What is equal on every host of the site."""
    site, access = loaded.site, loaded.matrix.access
    login = login_user(loaded)
    return {
        "groundwork_site": {"id": site.id, "name": site.name, "domain": site.domain, "timezone": site.timezone, "os": site.os},
        "groundwork_matrix_path": str(loaded.path),
        "groundwork_matrix_overlays": [str(overlay) for overlay in loaded.overlays],
        "groundwork_secrets_file": str(loaded.secrets_file),
        "groundwork_git_token": secret("git/token") if loaded.matrix.git and loaded.matrix.git.forge else "",
        "groundwork_warnings": [str(warning) for warning in loaded.warnings],
        "groundwork_deviations": [dataclasses.asdict(deviation) for deviation in loaded.deviations],
        "groundwork_missing": [_missing(item) for item in loaded.missing if item.environments is None],
        "host_base_domain": site.domain,
        "host_base_timezone": site.timezone,
        "host_base_ntp_servers": list(site.ntp_servers),
        "host_base_users": [login] if login else [],
        "vsphere_vcenters": [_vcenter(vcenter) for vcenter in site.vcenters.values()],
        # A template, because hundreds of hypervisors would otherwise stand in every host's variables.
        "vsphere_hosts": "{{ groups['hypervisors'] | map('extract', hostvars, 'vsphere_host') | selectattr('vcenter', 'in', "
        f"{list(site.vcenters)}) | list }}}}",
        "vsphere_templates": list(_templates(site)),
        "vsphere_policy": {"spread_servers": loaded.matrix.placement.spread_servers, "vcpus_per_core": loaded.matrix.placement.vcpus_per_core},
        **({"ansible_user": access.ssh_user} if access.ssh_user else {}),
        **({"ansible_ssh_private_key_file": access.private_key_file} if access.private_key_file else {}),
    }


def _templates(site: Site) -> Iterator[dict[str, Any]]:
    """What is expected of the template of each vCenter in which machines are created."""
    for key in site.vcenters:
        disks = [machine.disk_gb for machine in site.machines.values() if machine.vcenter == key and not machine.adopt]
        if disks:
            hardware = min(host.max_hardware_version for host in site.hypervisors.values() if host.vcenter == key)
            yield {"vcenter": key, "os": site.os, "guest_ids": list(GUEST_IDS[site.os]), "hardware_version": hardware, "disk_gb": min(disks)}


def login_user(loaded: Loaded) -> dict[str, Any] | None:
    """The user that Ansible logs in as, when the owner has supplied it."""
    access = loaded.matrix.access
    if access.ssh_user is None:
        return None
    return {"name": access.ssh_user, "authorized_keys": list(access.authorized_keys or ()), "sudo": access.sudo}


def hypervisor_variables(host: Hypervisor) -> dict[str, Any]:
    """What is known of a host that runs virtual machines."""
    return {
        "vsphere_host": {
            "name": host.key,
            "hostname": host.hostname,
            "vcenter": host.vcenter,
            "version": host.version,
            "datastores": dict(host.datastores),
            "failure_domain": host.failure_domain,
            "cores": host.cores,
            "memory_mb": host.memory_mb,
            "max_hardware_version": host.max_hardware_version,
        }
    }


def management_variables(loaded: Loaded, environments: Sequence[str]) -> dict[str, Any]:
    """What the management machines know beside how to be reached: the flows that firewalls must let through, and the site's repository."""
    selected = [loaded.site.environments[key] for key in environments]
    flows = {environment.key: [dataclasses.asdict(flow) for flow in flows_of(loaded.matrix, environment)] for environment in selected}
    git = loaded.matrix.git
    repository = {"url": git.repository if git else None, "branch": git.branch if git else "main"}
    return {**machine_variables(loaded), "groundwork_flows": flows, "groundwork_repository": repository}


def machine_variables(loaded: Loaded) -> dict[str, Any]:
    """How Ansible reaches virtual machines: nodes and management alike, but neither vCenters nor hypervisors."""
    access = loaded.matrix.access
    policy = "yes" if access.strict_host_keys else "accept-new"
    known_hosts = access.known_hosts_file or "~/.ssh/known_hosts"
    return {
        "ansible_become": True,
        "groundwork_known_hosts": known_hosts,
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={known_hosts} -o StrictHostKeyChecking={policy}",
        # Debian's and Ubuntu's place. Left to Ansible it would be looked for again at every delegated task, at the cost of another execution.
        "ansible_python_interpreter": "/usr/bin/python3",
    }


def environment_variables(loaded: Loaded, environment: Environment) -> dict[str, Any]:
    """What is equal on every node of an environment."""
    site, artifacts = loaded.site, loaded.matrix.artifacts
    flows = list(flows_of(loaded.matrix, environment))
    nodes = f"groups['env_{environment.key.replace('-', '_')}']"
    own = {machine.fqdn for machine in environment.machines}
    return {
        **machine_variables(loaded),
        "groundwork_environment": environment.key,
        "groundwork_nodes": f"{{{{ {nodes} }}}}",
        # Lists of all nodes are templates over the group: written out they would stand in every host's variables.
        "groundwork_dns_records": f"{{{{ {nodes} | map('extract', hostvars, ['groundwork_node', 'record']) | list + groundwork_ingress_records }}}}",
        "groundwork_ingress_records": [dataclasses.asdict(record) for record in environment.records if record.name not in own],
        "groundwork_missing": [_missing(item) for item in loaded.missing if item.needed_by(environment.key)],
        "host_base_dns_servers": list(site.networks[environment.network].dns_servers),
        "groundwork_openings": {role: [dataclasses.asdict(o) for o in openings(site, environment, role, flows)] for role in GROUPS},
        "host_firewall_enabled": environment.firewall,
        "host_firewall_openings": "{{ groundwork_openings[k3s_role] }}",
        "host_base_hosts": f"{{{{ dict({nodes} | zip({nodes} | map('extract', hostvars, 'k3s_node_ip'))) }}}}",
        "k3s_version": environment.k3s.version,
        "k3s_artifacts": loaded.lock.artifacts(artifacts.mirror, environment.k3s.version),
        "k3s_servers": [{"name": server.name, "address": server.address} for server in environment.servers],
        "k3s_leaving": [server.name for server in environment.servers if server.leaving],
        "k3s_config": environment.k3s.config,
        "k3s_privileged_namespaces": list(environment.k3s.privileged_namespaces),
        "k3s_cni": environment.k3s.cni,
        "k3s_vip": environment.vip,
        "k3s_adopt": environment.adopt,
        "postgresql_clusters": [cluster.variables() for cluster in clusters(loaded.matrix, environment.key)],
        "mariadb_clusters": [cluster.variables() for cluster in mariadb.clusters(loaded.matrix, environment.key)],
        **snapshot_variables(loaded.matrix.secrets.age_recipients or [], environment.backup, len(environment.servers), _expects(loaded, environment.key)),
        "groundwork_order": list(loaded.matrix.environments),
        "postgresql_masking": {name: str(loaded.path.parent / part.masking) for name, part in loaded.matrix.databases.postgresql.items() if part.masking},
        "postgresql_archives": archives(loaded.site),
        "groundwork_backup_git": (loaded.matrix.git.repository or "") if loaded.matrix.git else "",
        "k3s_server_token": secret(f"k3s/{environment.key}/server-token", optional=True),
        "k3s_agent_token": secret(f"k3s/{environment.key}/agent-token", optional=True),
        "kubeconfig_context": f"{site.id}-{environment.key}",
        "kubeconfig_server": f"https://{environment.api_host}:6443",
        "kubeconfig_path": loaded.matrix.access.kubeconfig,
        **platform_variables(loaded, environment),
    }


def _expects(loaded: Loaded, key: str) -> dict[str, list[str]]:
    return {kind: [source.name for source in found] for kind, found in sources(loaded.matrix, key).items()}


def host_variables(loaded: Loaded, machine: Machine) -> dict[str, Any]:
    """What only this machine has."""
    site = loaded.site
    network = site.networks[machine.network]
    node = {
        "name": machine.name,
        "fqdn": machine.fqdn,
        "number": machine.number,
        "role": machine.role,
        "environment": machine.environment,
        "leaving": machine.leaving,
        "network": machine.network,
        "hypervisor": machine.hypervisor,
        "vcenter": machine.vcenter,
        "record": {"name": machine.fqdn, "type": "A", "value": machine.address},
    }
    vm = {
        "name": machine.name,
        "env": machine.environment,
        "role": machine.role,
        "number": machine.number,
        "vcpus": machine.vcpus,
        "memory_mb": machine.memory_mb,
        "disk_gb": machine.disk_gb,
        "host": machine.hypervisor,
        "vcenter": machine.vcenter,
        "datastore": machine.datastore,
        "folder": machine.folder,
        "hardware_version": machine.hardware_version,
        "networks": [site.vcenters[machine.vcenter].port_groups.get(machine.network)],
        "adopt": machine.adopt,
        **({"uuid": machine.uuid} if machine.uuid else {}),
        "address": machine.address,
        "cloud_init": {"metadata": metadata(machine, network), "userdata": userdata(machine, site.domain, login_user(loaded))},
    }
    kubernetes = {} if machine.environment is None else {"k3s_role": machine.role, "k3s_node_ip": machine.address}
    return {"ansible_host": machine.address, "groundwork_node": node, "vsphere_vm": vm, **kubernetes}


def _missing(item: Missing) -> dict[str, str]:
    return {"path": item.path, "phase": item.phase, "what": item.what}


def _vcenter(vcenter: VCenter) -> dict[str, Any]:
    return {
        "name": vcenter.key,
        "hostname": vcenter.hostname,
        "port": vcenter.port,
        "username": secret(f"{vcenter.key}/username"),
        "password": secret(f"{vcenter.key}/password"),
        "ca_path": vcenter.ca_file,
        "sha256_pin": vcenter.sha256_pin,
        "datacenter": vcenter.datacenter,
        "template": vcenter.template,
        "folder": vcenter.folder,
    }
