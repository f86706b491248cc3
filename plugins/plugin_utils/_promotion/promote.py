# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One promotion from its request to its record. It may be killed anywhere: a repeated run reads from Git how far it came."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import Change, change_of, moves
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.finish import Finisher
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.gather import Gates
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.journal import Holder, Journal, said
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.message import Header, merging, message, waived
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.proposal import Proposal
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import next_identity, records_in
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import GitAway, Held, MovedOn, PromotionError, Refused
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import Commit
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import Outcome, Request
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.surroundings import World
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.trusted import promotion, unfinished
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.verdict import Decision, decide

NOT_BEGUN = "this ended what had been begun before; what you asked for has not been begun: run it again"


@dataclasses.dataclass(frozen=True)
class Plan:
    """A promotion on top of ``tip``; ``head`` is the commit by which it has been proposed already, ``approvers`` who agreed."""

    tip: str
    change: Change
    identity: str
    decision: Decision
    head: str | None
    approvers: frozenset[str]

    @property
    def lacks_approvals(self) -> bool:
        """Whether others have to agree first."""
        return any(verdict.gate == "G8" and verdict.state == "deferred" for verdict in self.decision.verdicts)


class Promoter:
    """Runs one request; ``me`` is who asks, ``ended`` says of a process whether it is known to be over."""

    def __init__(self, loaded: Loaded, request: Request, world: World, me: Holder, ended: Callable[[str], bool]) -> None:
        self.loaded = loaded
        self.request = request
        self.world = world
        self._me = me
        self._ended = ended
        self._journal = Journal(world.repository.git, request.target)
        self._proposal = Proposal(world.repository, request.target, world.forge)

    def run(self) -> Outcome:
        """Raises PromotionError where it cannot say what became of it; then a repeated run goes on."""
        self.world.repository.git.fetch()
        holder = self._journal.holder()
        locked_by = said(holder) if holder and not self._mine(holder) else None
        if locked_by and not self.request.take_over and (self.request.take_back or not self.request.dry_run):
            raise Held(f"{locked_by} promotes to {self.request.target} at the same time: wait, or, if that run is dead for good, say promote_take_over=true")
        if self.request.dry_run:
            return self._planned_back() if self.request.take_back else self._answer(self._plan(locked_by))
        if holder is None and not self.request.take_back and self._idle():
            return self._answer(None)
        self._journal.take(self._me, over=holder is not None)
        outcome = self._locked()
        # What nobody could see is still under way: the lock stays until a repeated run knows.
        if outcome.state != "unseen":
            self._given_back()
            self.world.writer.forward()
        return outcome

    def _given_back(self) -> None:
        """What became of the promotion is known and matters more than a lock that stays: this user's next run takes it over."""
        try:
            self._journal.release()
        except PromotionError as problem:
            self.world.say(f"the lock could not be given back: {problem}")

    def _mine(self, holder: Holder) -> bool:
        """Whether this user's own run on this machine left it behind."""
        return holder.who == self._me.who and self._ended(holder.run)

    def _idle(self) -> bool:
        """Whether there is nothing to do, and nothing to go on with."""
        repository, request = self.world.repository, self.request
        tree = repository.tree(repository.tip)
        return not self._unfinished(tree) and not moves(self.loaded, tree, request.source, request.target, request.components)

    def _locked(self) -> Outcome:
        begun: str | None = None
        try:
            repository = self.world.repository
            repository.git.fetch()  # What was pushed before we had the lock.
            commit = self._unfinished(repository.tree(repository.tip))
            if commit is None and self.request.take_back:
                return Finisher(self.loaded, self.world).take_back(self._named(), self.request.reason)
            if commit is None:
                plan = self._plan(None)
                if plan and plan.decision.state != "stop" and plan.lacks_approvals and plan.head is None:
                    return self._proposed(plan)
                if plan is None or plan.decision.state != "go":
                    return self._answer(plan)
                commit = self._written(plan)
            else:
                begun = commit.one("Promotion-Id")
                self.world.say(f"going on with {commit.one('Promotion-Id')}, which was written and has no record yet")
        except PromotionError:  # Nothing is under way, or a repeated run of anybody finds it on the branch.
            self._given_back()
            raise
        outcome = Finisher(self.loaded, self.world).finish(commit)
        return outcome if begun is None or self._done(begun, outcome) else dataclasses.replace(outcome, text=f"{outcome.text}; {NOT_BEGUN}")

    def _done(self, begun: str, outcome: Outcome) -> bool:
        """Whether the end of an older promotion is all that was asked for."""
        repository, request = self.world.repository, self.request
        if request.take_back:
            return begun == request.take_back and outcome.state == "reverted"
        tree = repository.tree(repository.tip)
        return outcome.state != "live" or not moves(self.loaded, tree, request.source, request.target, request.components)

    def _unfinished(self, tree: Mapping[str, str]) -> Commit | None:
        """A promotion to the target that was written and has no record yet."""
        return unfinished(self.loaded, self.world.repository, tree, self.request.target)

    def _named(self) -> Commit:
        """The promotion that should go again. Raises Refused."""
        found = promotion(self.loaded, self.world.repository, self.request.target, self.request.take_back)
        if found is None:
            raise Refused(f"there was no promotion {self.request.take_back}; audit/promotions in the repository has their names")
        return found

    def _planned_back(self) -> Outcome:
        """What a take-back would come to, as far as it can be known: a conflict shows when it is done."""
        repository = self.world.repository
        if begun := self._unfinished(repository.tree(repository.tip)):
            first = f"{begun.one('Promotion-Id')}, which was written and has no record yet, would be gone on with first"
            return Outcome("planned", f"{first}; {self.request.take_back} after it, by another run")
        return Finisher(self.loaded, self.world).take_back(self._named(), self.request.reason, dry_run=True)

    def _plan(self, locked_by: str | None) -> Plan | None:
        """What would be written, and what the gates say; None if there is nothing to do."""
        repository, request, now = self.world.repository, self.request, self.world.clock.now()
        gates = Gates(self.loaded, request, repository, self.world.observers, repository.tip)
        wanted = moves(self.loaded, gates.tree, request.source, request.target, request.components)
        if not wanted:
            return None
        change = change_of(self.loaded, gates.tree, request.target, wanted)
        taken = [record.id for record in records_in(gates.tree)] + [commit.one("Promotion-Id") for commit in repository.promotions(gates.tip)]
        identity = next_identity(taken, request.target)
        decision = decide(gates.verdicts(change, locked_by, now), request.waivers)
        head = self._proposal.matches(change, identity, waived(decision.verdicts)) if gates.settings.approvals else None
        approvers = (self._proposal.approvers(head) & gates.settings.people.keys()) - {repository.me()}
        if approvers:
            decision = decide([gates.authority(change, approvers) if v.gate == "G8" else v for v in decision.verdicts], {})
        return Plan(gates.tip, change, identity, decision, head, approvers)

    def _answer(self, plan: Plan | None) -> Outcome:
        """For whoever asked, when nothing is written now."""
        if plan is None:
            return Outcome("nothing", f"{self.request.target} has what {self.request.source} has")
        verdicts, until = plan.decision.verdicts, plan.decision.until
        if plan.decision.state == "stop":
            return Outcome("stop", "a gate is closed, nothing was written", verdicts, plan.change)
        if plan.decision.state == "deferred":
            when = f", not before {until:%Y-%m-%d %H:%M %Z}" if until else ""
            how = f"; {self._proposal.asks()}" if plan.lacks_approvals and plan.head else ""
            return Outcome("deferred", f"not yet{when}{how}", verdicts, plan.change, until)
        return Outcome("planned", "every gate is open", verdicts, plan.change)

    def _text(self, plan: Plan) -> str:
        actor, approved = self.world.repository.me(), plan.head if plan.approvers else None
        header = Header(plan.identity, self.request.source, self.request.target, actor, self.request.ticket, tuple(sorted(plan.approvers)), approved)
        soaked = next((verdict.evidence for verdict in plan.decision.verdicts if verdict.gate == "G3"), "")
        forced = {"Forced": self.request.force_reason} if self.request.force_reason else {}
        return message(header, plan.change.moves, plan.decision.verdicts, {"Soaked-For": soaked, **forced})

    def _proposed(self, plan: Plan) -> Outcome:
        text = self._text(plan)
        commit = self.world.writer.commit(plan.tip, plan.change.files, text)
        branch, before = self._proposal.branch, self._proposal.head or ""
        self.world.writer.publish(f"+{commit}", branch=branch, leases=[f"refs/heads/{branch}:{before}"])
        how = self._proposal.opened(self.world.repository.branch, text)
        return Outcome("proposed", f"proposed as {commit}; {how}", plan.decision.verdicts, plan.change, plan.decision.until)

    def _written(self, plan: Plan) -> Commit:
        """The promotion's commit, on the server's branch. Raises MovedOn: then nothing was written."""
        repository, branch = self.world.repository, self.world.repository.branch
        try:
            if plan.head and self.world.forge:
                text = merging(plan.identity, sorted(plan.approvers), plan.decision.verdicts)
                self.world.forge.merge(self._proposal.branch, plan.head, text)
                repository.git.fetch()
                if not repository.holds(repository.tip, plan.head):
                    raise GitAway("the forge merged, and its Git server does not show it yet; run again")
                return repository.commit(plan.head)
            commit = self.world.writer.commit(plan.tip, plan.change.files, self._text(plan))
            away = [f":refs/heads/{self._proposal.branch}"] if self._proposal.head else []
            self.world.writer.publish(commit, more=away, leases=[f"refs/heads/{branch}:{plan.tip}"])
        except MovedOn as problem:
            raise MovedOn(f"{problem} between the plan and the write: nothing was written; pull, and run again") from None
        self.world.say(f"{plan.identity} is written as {commit[:12]}")
        return repository.commit(commit)
