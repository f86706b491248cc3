# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run over all vCenters: read them at the same time, plan, apply each one's part, log out everywhere."""

from __future__ import annotations

import dataclasses
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.groundwork.platform.plugins.module_utils._placement import assessment, assessment_text, drs, report
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision, decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.estate import Estate
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Plan, Problem, Snapshot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.plan import make_plan
from ansible_collections.groundwork.platform.plugins.module_utils._placement.resilience import HOSTS
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import VSphereError
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.apply import Applier
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.arguments import Request
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.order import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.privileges import lacking
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.record import Record, keep, remember
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import CALL_ERRORS, Session, fault_text
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.snapshot import LOOK_SECONDS, read, read_again
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.tasks import TASK_SECONDS

T = t.TypeVar("T")


class Run:
    """One run of the module. With ``changing`` False every session refuses calls that change anything."""

    def __init__(self, request: Request, changing: bool) -> None:
        self._request, self._changing = request, changing
        self._sessions = {access.name: Session(access, read_only=not changing) for access in request.access}
        self._hosts = {host.name: host for host in request.hosts}
        self._problems: list[Problem] = []
        self._kept = ""

    def execute(self) -> dict[str, t.Any]:
        """Everything; returns the result of the module, with ``failed`` and ``warnings``."""
        try:
            request = self._request
            snapshots = self._remembered() if request.inventory_from else self._read()
            if request.inventory_to and not self._problems:
                self._keep(snapshots)
            decision = decide(Estate(request.vms, request.hosts, request.targets, snapshots, request.policy))
            plan = make_plan(decision)
            self._problems += [*plan.problems, *self._state_problems(plan)]
            if request.state == "present" and not self._problems:  # also when only checking: that ends as the apply would
                self._check_privileges(plan, snapshots)
            outcomes = self._recorded(plan, snapshots) if self._changing and not self._problems and plan.vcenters else {}
        finally:
            self._in_parallel(self._sessions, lambda name: self._sessions[name].close())
        return {**self._result(plan, outcomes, snapshots), **self._assessment(decision)}

    def _remembered(self) -> dict[str, Snapshot]:
        """What a file holds of the vCenters; one that is not in it counts as not seen."""
        path = self._request.inventory_from
        try:
            found = remember(path)
        except VSphereError as error:
            self._problems.append(error.problem)
            return {}
        for name in sorted(set(self._request.targets) - set(found)):
            self._problems.append(Problem("V-RECORD", path, f"holds nothing of {name}", "record the inventory anew while every vCenter can be read"))
        return {name: found[name] for name in self._request.targets if name in found}

    def _keep(self, snapshots: t.Mapping[str, Snapshot]) -> None:
        path = self._request.inventory_to
        try:
            keep(path, snapshots)
        except OSError as error:
            self._problems.append(Problem("P-RECORD", path, f"the inventory cannot be written: {error.strerror}", "name a file in a folder that is writable"))

    def _read(self) -> dict[str, Snapshot]:
        every = tuple(host.hostname for host in self._request.hosts)
        own = {hostname.lower() for hostname in every} if len(every) <= HOSTS else set()  # whose loss is looked at
        hosts_of = {vm.uuid or vm.name: (self._hosts[vm.host].hostname,) if vm.host in self._hosts else every for vm in self._request.vms}

        def asked(host: str) -> bool:
            return host in own or bool(self._request.inventory_to)

        def one(name: str) -> Snapshot | VSphereError:
            session = self._sessions[name]
            try:
                session.open()
                found = read(session, self._request.targets[name], hosts_of, asked, TASK_SECONDS if self._changing else LOOK_SECONDS)
                return self._cloned(found) if self._changing else found
            except VSphereError as error:
                return error

        answers = self._in_parallel(self._sessions, one)
        self._problems += [answer.problem for answer in answers.values() if isinstance(answer, VSphereError)]
        return {name: answer for name, answer in answers.items() if isinstance(answer, Snapshot)}

    def _cloned(self, found: Snapshot) -> Snapshot:
        """The snapshot, unless clones that may be ours still run: what they make would be made twice."""
        if found.cloning:
            raise VSphereError(Problem("V-CLONING", *report.cloning(found, self._request.targets[found.vcenter]), "wait for them, or cancel them in vCenter"))
        return found

    def _state_problems(self, plan: Plan) -> list[Problem]:
        expected = self._request.expected_plan_id
        problems = []
        if expected and plan.vcenters and plan.plan_id != expected:
            remedy = "look at the new plan, then run again with its id"
            problems.append(Problem("P-PLAN-ID", "plan", f"is now {plan.plan_id}, not the expected {expected}", remedy))
        if self._request.state == "verified":
            for entry in plan.entries:
                reasons = [*([entry.reason] if entry in plan.changes else []), *entry.drift]
                remedy = "run with state: present, or correct it in vCenter"
                problems += [Problem("P-VERIFIED", entry.vm.name, reason, remedy) for reason in reasons]
            remedy = "move or replace what is in the wrong place (migrate.yml replaces servers)"
            problems += [Problem("P-VERIFIED", ", ".join(found.machines), f"{found.reason} ({found.code})", remedy) for found in plan.violations]
            problems += [Problem("P-VERIFIED", change.cluster, f"lacks {drs.text(change)}", "run with state: present") for change in plan.drs]
        return problems

    def _check_privileges(self, plan: Plan, snapshots: t.Mapping[str, Snapshot]) -> None:
        """Whether every account may do what the plan asks of its vCenter, before the first of them does anything."""

        def one(name: str) -> list[Problem]:
            entries = [entry for entry in plan.changes if entry.vcenter == name]
            try:
                told = [change.cluster for change in plan.drs if change.vcenter == name]
                return lacking(self._sessions[name], entries, self._request.targets[name], snapshots[name], told)
            except CALL_ERRORS as fault:
                return [Problem("V-PRIVILEGE", name, f"its privileges cannot be asked for: {fault_text(fault)}", "check the vCenter, then run again")]

        for problems in self._in_parallel(plan.vcenters, one).values():
            self._problems += problems

    def _recorded(self, plan: Plan, snapshots: t.Mapping[str, Snapshot]) -> dict[str, Outcome]:
        """Apply the plan between the two writings of its record; nothing is changed that cannot be recorded."""
        record = Record(self._request.record, plan, self._request.vms, snapshots)
        outcomes: dict[str, Outcome] = {}
        try:
            self._kept = record.begin()
            outcomes = self._apply(plan, snapshots)
            record.end(_done(outcomes), [str(problem) for problem in self._problems])
        except OSError as error:
            self._problems.append(Problem("P-RECORD", self._request.record, f"the record cannot be written: {error}", "make the folder writable"))
        return outcomes

    def _apply(self, plan: Plan, snapshots: t.Mapping[str, Snapshot]) -> dict[str, Outcome]:
        """All make, then all verify, then all start: a machine of the same name in another vCenter is seen before either is on."""
        order = self._request.order
        appliers = {name: Applier(self._sessions[name], self._request.targets[name], self._hosts, snapshots[name], plan) for name in plan.vcenters}
        self._in_parallel(appliers, lambda name: appliers[name].make(order))
        self._in_parallel(appliers, lambda name: appliers[name].verify(order))
        after = {name: applier.after for name, applier in appliers.items() if applier.after}
        if any(entry.action in ("create", "complete") for entry in plan.changes):
            after |= self._read_beside(sorted(set(snapshots) - set(appliers)))
        for applier in appliers.values():
            applier.compare(after)
        if not self._problems:
            self._in_parallel(appliers, lambda name: appliers[name].start(order))
        outcomes = {name: applier.outcome for name, applier in appliers.items()}
        for outcome in outcomes.values():
            self._problems += outcome.problems
        return outcomes

    def _read_beside(self, names: t.Sequence[str]) -> dict[str, Snapshot]:
        """Read vCenters in which nothing is to be done, as they are now. Nothing is started if one cannot be read any more."""

        def one(name: str) -> Snapshot | Problem:
            try:
                return read_again(self._sessions[name], self._request.targets[name], [])
            except CALL_ERRORS as fault:
                return Problem("A-VCENTER", name, f"could not be read before machines are started: {fault_text(fault)}", "check the vCenter, then run again")

        answers = self._in_parallel(names, one)
        self._problems += [answer for answer in answers.values() if isinstance(answer, Problem)]
        return {name: answer for name, answer in answers.items() if isinstance(answer, Snapshot)}

    def _result(self, plan: Plan, outcomes: t.Mapping[str, Outcome], snapshots: t.Mapping[str, Snapshot]) -> dict[str, t.Any]:
        done = _done(outcomes)
        guests = {name: {"ip": ip, "hostname": host} for outcome in outcomes.values() for name, (ip, host) in sorted(outcome.guests.items())}
        touched = any(session.changed for session in self._sessions.values())
        changed = touched if self._changing else bool(plan.vcenters) and self._request.state != "verified"
        result: dict[str, t.Any] = {
            "failed": bool(self._problems),
            "changed": changed,
            "plan_id": plan.plan_id,
            "plan": [report.entry_result(entry) for entry in plan.entries],
            "table": report.table(plan),
            "diff": report.diff(plan),
            "problems": [dataclasses.asdict(problem) for problem in self._problems],
            "violations": [dataclasses.asdict(found) for found in plan.violations],
            "outcomes": done,
            "folders": report.folders(plan),
            "drs": report.drs_changes(plan),
            "record": self._kept,
            "guests": guests,
            "rpc": {name: session.counters() for name, session in self._sessions.items()},
            "summary": report.summary(plan),
            "warnings": self._warnings(plan, snapshots),
        }
        if self._problems:
            result["msg"] = report.problems_text(self._problems, nothing_changed=not touched)
        return result

    def _warnings(self, plan: Plan, snapshots: t.Mapping[str, Snapshot]) -> list[str]:
        """What nobody has asked for and somebody should know."""
        cloning = report.cloning_warnings(snapshots, self._request.targets)
        return [*cloning, *report.host_warnings(self._request.hosts, snapshots), *report.violation_warnings(plan), *report.drift_warnings(plan)]

    def _assessment(self, decision: Decision) -> dict[str, t.Any]:
        found = assessment.assess(decision)
        return {**assessment.result(found, self._request.explain), "outlook": assessment_text.lines(found)}

    @staticmethod
    def _in_parallel(names: t.Iterable[str], work: t.Callable[[str], T]) -> dict[str, T]:
        """Run work for every vCenter in a thread of its own: pyvmomi's sessions are independent of each other."""
        listed = list(names)
        with ThreadPoolExecutor(max_workers=max(1, len(listed))) as pool:
            return dict(zip(listed, pool.map(work, listed)))


def _done(outcomes: t.Mapping[str, Outcome]) -> dict[str, str]:
    """What was done, by machine."""
    return {name: what for outcome in outcomes.values() for name, what in sorted(outcome.done.items())}
