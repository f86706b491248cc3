#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module vsphere_vm_placement: read every vCenter, plan, create what is missing, verify."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vsphere_vm_placement
short_description: Plan and create virtual machines over several vCenters
version_added: 0.1.0
author: groundwork.platform contributors (@eneg-platform)
description:
  - Reads all vCenters at the same time, decides what is missing and where it goes, and clones it from a template onto exactly that host and datastore.
  - Machines whose host the site names go there. For the others it decides, under thirteen hard constraints (RV(explain)), such that the fullest host
    is as empty as possible. Up to 60 machines this is an exact search, beyond that the distance from the best possible is told (RV(optimality)).
  - One task handles all machines with one login per vCenter. A wrong password is tried once.
  - Existing machines are never moved, reconfigured or deleted, and resized only if they are named in O(resize); how they differ from what is
    wanted is returned and warned about.
  - A machine of a wanted name that this module did not create is an error, unless O(vms[].adopt) says that it is the wanted one.
  - All problems are reported together before anything is changed. If one vCenter cannot be read, nothing is created in the others either.
  - A run that was cut off can be repeated; machines that were begun are recognised by a marker in their advanced settings and completed.
    While a wanted machine is missing or unmarked, clones of the template that the same account has begun are waited for, a minute by a run that only
    looks and warns then, an hour by one that changes something and stops then (C(V-CLONING)).
extends_documentation_fragment:
  - groundwork.platform.attributes
  - groundwork.platform.vcenters
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - pyvmomi >= 8.0.3.0.1
notes:
  - Networks are standard or distributed port groups. Hosts are standalone, or in a cluster whose root resource pool is used
    and whose DRS is told to leave the machines where they are (RV(drs)).
  - Data in O(vms[].cloud_init) can be read by everyone who can read the machine in vCenter. Keep secrets out of it.
options:
  state:
    description:
      - V(planned) only shows what would happen.
      - V(present) creates what is missing and powers on what is ours and off.
      - V(verified) fails unless everything is there as wanted, and nothing there breaks a constraint (RV(violations)).
    type: str
    choices: [planned, present, verified]
    default: present
  hosts:
    description: The ESXi hosts of the site.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name within the site, as used in O(vms[].host).
        type: str
        required: true
      hostname:
        description: Name in vCenter.
        type: str
        required: true
      vcenter:
        description: The vCenter that manages it.
        type: str
        required: true
      datastores:
        description: Datastores that machines on this host may use, with the capacity in GB that the site expects. Empty means all.
        type: dict
        default: {}
      version:
        description: ESXi version that the site expects.
        type: str
      failure_domain:
        description: What fails together with this host.
        type: str
      cores:
        description: Cores that the site expects. A host that has fewer is warned about.
        type: int
      memory_mb:
        description: Memory that the site expects, in MB. A host that has less is warned about.
        type: int
      max_hardware_version:
        description: Greatest virtual hardware version that the site expects. The host itself is asked before a machine is created.
        type: int
      enabled:
        description: Whether new machines may be put on it.
        type: bool
        default: true
        version_added: 0.2.0
  vms:
    description: The wanted machines.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique over all vCenters.
        type: str
        required: true
      env:
        description: Environment that it belongs to; empty for machines that serve all.
        type: str
        default: ""
      role:
        description: What it is for; shown in its annotation.
        type: str
        default: ""
      number:
        description: Its number within the environment. O(policy.layout) goes by the order of these numbers.
        type: int
      address:
        description: Its address; what the guest gets stands in O(vms[].cloud_init).
        type: str
      vcpus:
        description: Virtual CPUs.
        type: int
        required: true
      memory_mb:
        description: Memory in MB.
        type: int
        required: true
      disk_gb:
        description: Size of the first disk in GB. The template's disk is grown to it.
        type: int
        required: true
      host:
        description: Name of the host in O(hosts). Empty leaves it to the module.
        type: str
        default: ""
      allow_hosts:
        description: Names of the hosts among which the module chooses; empty for all.
        type: list
        elements: str
        default: []
        version_added: 0.2.0
      deny_hosts:
        description: Names of hosts that it must not be on.
        type: list
        elements: str
        default: []
        version_added: 0.2.0
      vcenter:
        description: The vCenter of that host. What counts is O(hosts[].vcenter).
        type: str
      datastore:
        description: Datastore for all its files. Empty leaves it to the module.
        type: str
        default: ""
      folder:
        description: VM folder, as a path below the datacenter's folder C(vm). Defaults to the vCenter's. Created if it is not there.
        type: str
        default: ""
      hardware_version:
        description: Virtual hardware version, for example 21. V(0) keeps the template's.
        type: int
        default: 0
      networks:
        description: Port groups, one network card each.
        type: list
        elements: str
        default: []
      adopt:
        description: Take an existing machine of this name, or of this O(vms[].uuid), as the wanted one. It is left as it is, unless it is in O(resize).
        type: bool
        default: false
      uuid:
        description:
          - With O(vms[].adopt), the machine's UUID in vCenter (C(instanceUuid)). It is found by that, whatever it is called there; a machine of the
            name with another UUID is an error, and so is none with this one.
        type: str
        version_added: 0.2.0
      replaces:
        description: Name of a machine that will be gone before this one is created. The two may share a failure domain.
        type: str
        version_added: 0.2.0
      cloud_init:
        description: Data for cloud-init's VMware datasource, with the keys C(metadata) and C(userdata).
        type: dict
        default: {}
  policy:
    description: Limits for new machines.
    type: dict
    default: {}
    suboptions:
      vcpus_per_core:
        description: How many virtual CPUs may share a core of a host.
        type: float
        default: 4.0
      spread_servers:
        description: Servers of one environment never share a failure domain. If V(false), that is avoided where it is possible.
        type: bool
        default: true
      layout:
        description:
          - V(aligned) puts the n-th machine of every environment on the n-th host in the order of their names, if it can.
          - V(rotated) goes one host further in each environment, so that their first machines do not share a host.
          - V(balanced) goes by load, then keeps machines of one environment, and machines of one number, apart.
        type: str
        choices: [balanced, aligned, rotated]
        default: balanced
        version_added: 0.2.0
      host_ram_reserve_mb:
        description: Memory of each host that machines may not use.
        type: int
        default: 4096
      datastore_headroom_pct:
        description: Share of each datastore that stays free.
        type: int
        default: 15
      snapshot_allowance_pct:
        description: Share of a new machine's disk that is counted beside it, for its snapshots.
        type: int
        default: 0
        version_added: 0.2.0
      parallel_per_vcenter:
        description: Clones that run at the same time in one vCenter.
        type: int
        default: 4
  resize:
    description:
      - Names of existing machines that get the wanted vCPUs, memory and disk, if theirs differ. Their guests are shut down for it, through VMware
        Tools, and started again; one that does not shut down within five minutes keeps its size. Disks grow, and never shrink.
      - An adopted machine is resized, too, if it is named here, and started again only if it was on. One that a run left off which was killed in between
        stays off; that is told by its RV(plan[].drift).
      - Nothing here knows what runs in the guest. C(resize.yml) drains Kubernetes nodes first and keeps the majority of an environment's servers.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  explain:
    description:
      - Names of wanted machines that RV(explain) tells about in any case, also if they exist and stay. Without it all that need a place are explained if
        they are at most 100, and beyond that those without one.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  expected_plan_id:
    description: Apply only the plan with this id, as returned in RV(plan_id) of a run before. A plan without changes needs none.
    type: str
  record:
    description:
      - Folder on the machine that runs the module, in which every run that changes something leaves a file with what was wanted, what was there,
        the plan, what was done and what went wrong. A file whose C(ended) is null is of a run that was killed.
      - It holds no credentials and no O(vms[].cloud_init).
      - Without it nothing is kept.
    type: path
    version_added: 0.2.0
  inventory_to:
    description: File into which everything is written that was read of the vCenters, for O(inventory_from).
    type: path
    version_added: 0.2.0
  inventory_from:
    description:
      - File that takes the place of the vCenters, as O(inventory_to) writes it or as it lies in O(record). Nobody is logged in to.
      - For O(state=planned) only. The record of an apply holds the greatest virtual hardware version only of hosts that the site named then, and on
        sites of more than 100 hosts only of those that could take a new machine; the others are taken to run any.
    type: path
    version_added: 0.2.0
  wait_for_guest:
    description: Seconds to wait until the guests of machines that were started report address and host name. V(0) does not wait.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Show what would happen
  groundwork.platform.vsphere_vm_placement:
    state: planned
    vcenters: "{{ vsphere_vcenters }}"
    hosts: "{{ vsphere_hosts }}"
    vms: "{{ groups['k3s_cluster'] | map('extract', hostvars, 'vsphere_vm') | list }}"
  delegate_to: localhost
  run_once: true
  register: placement

- name: Write down what the vCenters hold
  groundwork.platform.vsphere_vm_placement:
    state: planned
    vcenters: "{{ vsphere_vcenters }}"
    hosts: "{{ vsphere_hosts }}"
    vms: "{{ groups['k3s_cluster'] | map('extract', hostvars, 'vsphere_vm') | list }}"
    inventory_to: "{{ playbook_dir }}/vcenters.json"
  delegate_to: localhost
  run_once: true

- name: Plan without any vCenter
  groundwork.platform.vsphere_vm_placement:
    state: planned
    vcenters: "{{ vsphere_vcenters }}"
    hosts: "{{ vsphere_hosts }}"
    vms: "{{ groups['k3s_cluster'] | map('extract', hostvars, 'vsphere_vm') | list }}"
    inventory_from: "{{ playbook_dir }}/vcenters.json"
  delegate_to: localhost
  run_once: true

- name: Create what is missing, but only as it was shown
  groundwork.platform.vsphere_vm_placement:
    vcenters: "{{ vsphere_vcenters }}"
    hosts: "{{ vsphere_hosts }}"
    vms: "{{ groups['k3s_cluster'] | map('extract', hostvars, 'vsphere_vm') | list }}"
    expected_plan_id: "{{ placement.plan_id }}"
    wait_for_guest: 300
  delegate_to: localhost
  run_once: true

- name: Give one machine, on which nothing runs that would be missed, the size that is wanted now
  groundwork.platform.vsphere_vm_placement:
    vcenters: "{{ vsphere_vcenters }}"
    hosts: "{{ vsphere_hosts }}"
    vms: "{{ groups['k3s_cluster'] | map('extract', hostvars, 'vsphere_vm') | list }}"
    resize: [k8s-dev-22]
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
plan_id:
  description: Identity of the plan; equal for equal decisions, whatever the order of arguments.
  returned: always
  type: str
  sample: 9f2c41d7d1f5b1f6a0f7f6a9c9b3a2c8a1c7f3f0d3d3a4d1f1c2b3a4d5e6f708
plan:
  description: One element per wanted machine, in natural order of the names.
  returned: always
  type: list
  elements: dict
  contains:
    vm:
      description: Name of the machine.
      type: str
    action:
      description:
        - V(create), V(complete), V(power_on), V(resize), V(keep), V(adopt), V(blocked) if it has no place, or V(unknown) while a vCenter
          that it may be in cannot be read.
      type: str
    reason:
      description: Why.
      type: str
    vcenter:
      description: Where it is, or will be.
      type: str
    host:
      description: Host that the site wants or the module has chosen, by its name within the site.
      type: str
    drift:
      description: How it differs from what is wanted. Nothing of it is changed by this plan.
      type: list
      elements: str
table:
  description: The plan as lines of a table.
  returned: always
  type: list
  elements: str
outlook:
  description: What the plan means, as lines to read; how full hosts become, what contradicts each other, and what the loss of each host would cost.
  returned: always
  type: list
  elements: str
explain:
  description:
    - What stands against each machine that needs a place, by host; empty for a host that could take it. Above 100 such machines only for those without
      a place, and those in O(explain).
    - C1 host unusable, C2 vCenter unseen, C3 shares a failure domain, C4 CPU, C5 memory, C6 space, C7 datastore unusable, C8 virtual hardware,
      C9 network missing, C10 pinned, allowed or denied, C11 exists and stays, C12 datacenter or template, C13 name taken.
  returned: always
  type: dict
  sample: {"k8s-dev-24": {"HOST1": [{"code": "C3", "reason": "k8s-dev-21 of dev is in HOST1 already", "remedy": "add a host"}]}}
conflict:
  description:
    - The smallest set of facts that contradict each other when not all machines have a place, and single changes that help; empty otherwise, and
      while a vCenter cannot be read. C(not_searched) says why there may be other changes that help, and is empty when there are none.
  returned: always
  type: dict
n_plus_1:
  description:
    - For the loss of each host, which environments keep the majority of their servers, and whether the lost machines could live elsewhere. Empty
      while a machine has no place or a vCenter cannot be read.
  returned: always
  type: dict
optimality:
  description: Whether the plan is proven to be the best, or how far the fullest host may be from that, in thousandths.
  returned: always
  type: dict
  sample: {"proven": true, "gap_permille": 0, "max_share_ppm": 412000, "bound_ppm": 412000}
utilisation:
  description: vCPUs, memory in MB and datastores in GB of each host before and after, and their limits.
  returned: always
  type: dict
problems:
  description: Everything that stands against the plan, or went wrong.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description: Stable code.
      type: str
    place:
      description: The object.
      type: str
    reason:
      description: What is wrong.
      type: str
    remedy:
      description: What can be done.
      type: str
violations:
  description:
    - Machines that are there and break a constraint, which are warned about and left as they are; with O(state=verified) they are problems. C3 are
      servers of one environment in one failure domain, C10 machines on a host that they are denied.
  returned: always
  type: list
  elements: dict
  sample: [{"code": "C3", "machines": ["k8s-dev-21", "k8s-dev-22"], "reason": "servers of dev share HOST1, what fails there takes 2 of them"}]
outcomes:
  description: What was done, by machine; V(created), V(completed), V(powered_on) or V(resized); V(begun) where the end was not seen, because the vCenter went
    away or took too long. A further run goes on from there.
  returned: always
  type: dict
  sample: {"k8s-dev-21": "created"}
folders:
  description: VM folders that are not there and that new machines need, parents first. Each is created.
  returned: always
  type: list
  elements: dict
  sample: [{"vcenter": "vcenter-a", "path": "k8s"}, {"vcenter": "vcenter-a", "path": "k8s/dev"}]
drs:
  description:
    - What DRS is told in clusters where it is on, before machines are started. Servers of one environment in one cluster are kept apart by a
      mandatory rule (RV(drs[].rule) and RV(drs[].apart)), unless O(policy.spread_servers) is V(false); every machine that was created here stays on
      its host (RV(drs[].stay)).
  returned: always
  type: list
  elements: dict
  contains:
    vcenter:
      description: The vCenter.
      type: str
    cluster:
      description: The cluster.
      type: str
    rule:
      description: Name of the rule; empty if there is none to set.
      type: str
    apart:
      description: Machines that the rule keeps on different hosts.
      type: list
      elements: str
    stay:
      description: Machines that get an override by which they stay on their host.
      type: list
      elements: str
  sample: [{"vcenter": "vcenter-a", "cluster": "compute", "rule": "groundwork dev", "apart": ["k8s-dev-21", "k8s-dev-22"], "stay": []}]
record:
  description: The file that was left in O(record); empty if nothing was to be changed.
  returned: always
  type: str
guests:
  description: Address and host name that guests reported, by machine.
  returned: when O(wait_for_guest) is used
  type: dict
  sample: {"k8s-dev-21": {"ip": "192.168.180.21", "hostname": "k8s-dev-21"}}
rpc:
  description: Calls made to each vCenter, in all, those that change something, and by method.
  returned: always
  type: dict
summary:
  description: What happened and what to do next.
  returned: always
  type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import arguments
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.run import Run
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import IMPORT_ERROR


def main() -> None:
    """Arguments in, plan and outcome out."""
    module = AnsibleModule(argument_spec=arguments.SPEC, supports_check_mode=True)
    if module.params["inventory_from"] and module.params["state"] != "planned":
        module.fail_json(msg="inventory_from is for state planned: what is changed or verified is looked at as it is now")
    if IMPORT_ERROR is not None and not module.params["inventory_from"]:
        module.fail_json(msg=missing_required_lib("pyvmomi"), exception=str(IMPORT_ERROR))
    params: dict[str, t.Any] = module.params
    changing = params["state"] == "present" and not module.check_mode
    result = Run(arguments.parse(params), changing).execute()
    for warning in result.pop("warnings"):
        module.warn(warning)
    if result.pop("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
