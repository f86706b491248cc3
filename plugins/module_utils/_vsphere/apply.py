# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry out one vCenter's part of a plan: make folders, clone all, verify all, power on all, mark all as ready.

A failure starts nothing new, lets what runs end, and is reported per machine. Nothing is deleted: a later run knows what
is half made by its marker and continues there.
"""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import existing, template_of
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Entry, HostEntry, Plan, Problem, Snapshot, Target
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import clusters, folders, networks, recheck, resizing, specs
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import snapshot as reading
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.order import Order, Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.power import power_on
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import CALL_ERRORS, Session, fault_text
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.tasks import wait_guests, wait_tasks
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.verify import elsewhere, judge

try:
    from pyVmomi import vim, vmodl
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None


class Applier:
    """One vCenter's part of a plan."""

    def __init__(self, session: Session, target: Target, hosts: t.Mapping[str, HostEntry], before: Snapshot, plan: Plan) -> None:
        self._session, self._target, self._hosts, self._before, self._plan = session, target, hosts, before, plan
        self._entries = [entry for entry in plan.changes if entry.vcenter == session.access.name]
        self._folders = dict(before.folders)
        self._moids = {entry.vm.name: entry.moid for entry in self._entries if entry.moid}
        self.after: Snapshot | None = None  # what was read to verify
        self._open: set[str] = set()  # for what a task was begun whose end has not been seen
        self.outcome = Outcome()

    def make(self, order: Order) -> None:
        """Everything up to machines that are whole and off."""
        self._play(self._make_folders, lambda: self._create(order), self._upgrade, self._resize)

    def verify(self, order: Order) -> None:
        """Whether they are what the plan says."""
        self._play(self._tell_drs, lambda: self._verify(order))

    def compare(self, after: t.Mapping[str, Snapshot]) -> None:
        """Whether another vCenter has got one of the same name, by what was read of all when all were made."""
        self.outcome.problems += [problem for entry in self._entries for problem in [elsewhere(entry, after)] if problem]

    def start(self, order: Order) -> None:
        """Switch them on, mark them as ready."""
        self._play(self._power_on, self._ready, lambda: self._guests(order.wait_for_guest))

    def _play(self, *stages: t.Callable[[], None]) -> None:
        """One stage after the other; none after the first that fails."""
        try:
            for stage in stages:
                if not self.outcome.problems:
                    stage()
        except CALL_ERRORS as fault:
            begun = f"; the end was not seen of what was begun for {', '.join(sorted(self._open, key=natural))}" if self._open else ""
            self._failed("A-VCENTER", self._session.access.name, f"the apply was cut off: {fault_text(fault)}{begun}")
        finally:
            for name in self._open & {entry.vm.name for entry in self._entries}:
                self.outcome.done.setdefault(name, "begun")

    def _make_folders(self) -> None:
        paths = [folder.path for folder in self._plan.folders if folder.vcenter == self._session.access.name]
        try:
            folders.create(self._session, self._folders, paths)
        except vmodl.MethodFault as fault:
            missing = ", ".join(path for path in paths if path not in self._folders)
            self._failed("A-FOLDER", self._session.access.name, f"VM folders {missing} were not created: {fault_text(fault)}", "create them, then run again")

    def _create(self, order: Order) -> None:
        missing = [entry for entry in self._entries if entry.action == "create"]
        template = template_of(self._target, self._before)
        if not missing or template is None:
            return
        cards = networks.backings(self._session, self._before.networks, {network for entry in missing for network in entry.vm.networks})
        original = vim.VirtualMachine(template.moid, self._session.stub)
        for start in range(0, len(missing), order.parallel):
            calls = {}
            batch = missing[start : start + order.parallel]
            hosts = {self._before.hosts[entry.hostname.lower()].moid for entry in batch}
            stores = {self._before.datastores[entry.vm.datastore].moid for entry in batch}
            now = reading.read_places(self._session, sorted(hosts), sorted(stores), [template.moid])
            self.outcome.problems += recheck.judge(self._before, batch, order.policy, now)
            if self.outcome.problems:
                return
            source = specs.Source(now[template.moid].properties.get("config.hardware.device", ()), cards)
            for entry in batch:
                vm = entry.vm
                host = self._before.hosts[entry.hostname.lower()]
                store = self._before.datastores[vm.datastore].moid
                extra = specs.options(specs.guestinfo(vm, order.cloud_init.get(vm.name, {})))
                spec = specs.clone(vm, host, store, source, [*extra, specs.marker(entry, self._plan.plan_id, "creating")])
                calls[vm.name] = functools.partial(original.CloneVM_Task, folder=self._folder(entry), name=vm.name, spec=spec)
            self._moids.update(self._carry_out("A-CREATE", calls, "created"))
            if self.outcome.problems:
                return

    def _folder(self, entry: Entry) -> t.Any:
        """The machine's folder, or the datacenter's own vm folder when the site names none."""
        path = entry.vm.folder or self._target.folder
        return vim.Folder(self._folders[path], self._session.stub)

    def _upgrade(self) -> None:
        """Raise the virtual hardware of machines that are still below what is wanted (only possible while off)."""
        begun = [entry.vm for entry in self._begun() if self._hardware(entry) < entry.vm.hardware_version]
        below = {vm.name: vm.hardware_version for vm in begun}
        self._carry_out(
            "A-HARDWARE", {name: functools.partial(self._machine(name).UpgradeVM_Task, version=f"vmx-{version}") for name, version in below.items()}
        )

    def _begun(self) -> list[Entry]:
        return [entry for entry in self._entries if entry.action in ("create", "complete")]

    def _resize(self) -> None:
        """Shut down what is on, then change the sizes. What keeps its size after all is started again."""
        named = {entry.vm.name: entry.vm for entry in self._entries if entry.action == "resize"}
        on = {entry.vm.name: entry.moid for entry in self._entries if entry.vm.name in named and self._was_on(entry)}
        failed = resizing.shut_down(self._session, on, self._open)
        self._open -= set(on) - set(failed)
        for name, reason in sorted(failed.items()):
            self._failed("A-SHUTDOWN", name, reason, "look at its guest, then run again")
        off = {self._moids[name]: vm for name, vm in named.items() if name not in failed}
        found = reading.read_details(self._session, list(off))
        specified = {off[moid].name: resizing.size(off[moid], details) for moid, details in found.items()}
        calls = {name: functools.partial(self._machine(name).ReconfigVM_Task, spec=spec) for name, spec in specified.items()}
        self._carry_out("A-RESIZE", calls, "resized")
        if self.outcome.problems:
            power_on(self._session, self._before.moid, {name: moid for name, moid in on.items() if name not in failed})

    def _hardware(self, entry: Entry) -> int:
        source = template_of(self._target, self._before) if entry.action == "create" else existing(entry.vm, {"": self._before})[0]
        return source.details.hardware_version if source and source.details else 0

    def _tell_drs(self) -> None:
        """Rules and overrides, before anything is started."""
        changes = [change for change in self._plan.drs if change.vcenter == self._session.access.name]
        self._carry_out("A-DRS", clusters.calls(self._session, self._before, changes, self._known()))

    def _verify(self, order: Order) -> None:
        """Read everything again: what was created must be where and what the plan says before it is started."""
        self.after = after = reading.read_again(self._session, self._target, sorted(self._moids.values()))
        ours = [entry for entry in self._plan.entries if entry.vcenter == after.vcenter]
        self.outcome.problems += judge(ours, self._hosts, after, order.policy, self._known())

    def _power_on(self) -> None:
        off = [entry.vm.name for entry in self._entries if self._starts(entry)]
        self._open.update(off)
        started, failed = power_on(self._session, self._before.moid, {name: self._moids[name] for name in off})
        self._open.difference_update(off)
        for name, reason in sorted(failed.items()):
            self._failed("A-POWER", name, reason)
        for name in started:
            self.outcome.done.setdefault(name, "powered_on")

    def _starts(self, entry: Entry) -> bool:
        """What is off and ours is started; of adopted machines only those that were shut down here."""
        if entry.action == "resize" and entry.vm.adopt:
            return self._was_on(entry)
        return entry.action != "complete" or not self._was_on(entry)

    def _was_on(self, entry: Entry) -> bool:
        return existing(entry.vm, {"": self._before})[0].powered_on

    def _ready(self) -> None:
        calls = {}
        for entry in self._begun():
            spec = vim.vm.ConfigSpec(extraConfig=[specs.marker(entry, self._plan.plan_id, "ready")])
            calls[entry.vm.name] = functools.partial(self._machine(entry.vm.name).ReconfigVM_Task, spec=spec)
        for name in self._carry_out("A-MARKER", calls):
            if self.outcome.done.get(name) != "created":
                self.outcome.done[name] = "completed"

    def _guests(self, seconds: float) -> None:
        if not seconds or not self._moids:
            return
        self.outcome.guests = wait_guests(self._session, self._moids, seconds)
        for name in sorted(set(self._moids) - set(self.outcome.guests)):
            self._failed("A-GUEST", name, f"its guest did not report address and host name within {seconds:.0f} seconds", "look at its console in vCenter")

    def _known(self) -> dict[str, str]:
        """Machines of the plan by name, those that were created too."""
        return {**{entry.vm.name: entry.moid for entry in self._plan.entries}, **self._moids}

    def _machine(self, name: str) -> t.Any:
        return vim.VirtualMachine(self._moids[name], self._session.stub)

    def _carry_out(self, code: str, calls: t.Mapping[str, t.Callable[[], t.Any]], what: str = "") -> dict[str, str]:
        """Start a task per machine until one is refused, wait for those that run; returns results of the successful ones, to which ``what`` was done."""
        tasks: dict[str, t.Any] = {}
        name = ""
        try:
            for name, call in calls.items():
                self._open.add(name)
                tasks[name] = call()
        except vmodl.MethodFault as fault:
            self._open.discard(name)
            self._failed(code, name, fault_text(fault))
        except CALL_ERRORS:  # nobody knows whether this one was taken; those before it were
            self._ended(code, tasks, what)
            raise
        return self._ended(code, tasks, what)

    def _ended(self, code: str, tasks: t.Mapping[str, t.Any], what: str) -> dict[str, str]:
        succeeded, failed, running = wait_tasks(self._session, tasks)
        self._open -= set(tasks) - running
        for name, reason in sorted(failed.items()):
            self._failed(code, name, reason)
        if what:
            self.outcome.done.update(dict.fromkeys(succeeded, what))
        return succeeded

    def _failed(self, code: str, place: str, reason: str, remedy: str = "see the task in vCenter, then run again") -> None:
        self.outcome.problems.append(Problem(code, place, reason, remedy))
