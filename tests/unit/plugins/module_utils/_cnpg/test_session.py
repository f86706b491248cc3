# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting over time: how long it has to be well, what ends the wait, and what is told meanwhile."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.phases import HEALING, HEALS
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import document, present
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference, Unanswered
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object, Refused

from tests.unit.plugins.module_utils._cnpg.api_double import HEALTHY, IMAGE, Api, session_of, status_of

SPEC: Object = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}}


def bring(session: Session, spec: Object | None = None, most: Effect = Effect.DOWNTIME) -> str:
    """State of the verdict."""
    spec = SPEC if spec is None else spec
    return present(session, document(session, spec), most).verdict.state


def test_a_change_has_to_stay_well_for_a_while_and_no_change_has_not() -> None:
    """Ten seconds, then none."""
    session, clock, _told = session_of(Api(), stable=10.0)
    assert bring(session) == "ready"
    assert 10 <= clock.now < 15
    before = clock.now
    assert bring(session) == "ready"
    assert clock.now == before


def test_a_break_begins_the_time_anew() -> None:
    """Healthy, not healthy, healthy."""
    api = Api()
    session, clock, told = session_of(api, stable=10.0)

    def flap(cluster: Object, _number: int) -> None:
        cluster["status"]["phase"] = "Upgrading cluster" if 4 <= clock.now < 6 else HEALTHY

    api.at_look = flap
    bring(session)
    assert clock.now >= 16
    assert any("Upgrading cluster" in line for line in told)


def test_the_same_thing_is_told_once() -> None:
    """Progress, not noise."""
    api = Api()
    session, clock, told = session_of(api, stable=0.0)

    def late(cluster: Object, _number: int) -> None:
        cluster["status"]["phase"] = HEALTHY if clock.now > 30 else "Setting up primary"

    api.at_look = late
    bring(session)
    assert len(told) == 1


def test_time_that_is_up_says_what_is_still_missing() -> None:
    """And that a repeated run goes on."""
    api = Api()
    session, clock, _told = session_of(api, timeout=60.0)
    api.at_look = lambda cluster, _number: cluster["status"].update(phase="Setting up primary")
    with pytest.raises(Refused, match="Setting up primary; run again") as caught:
        bring(session)
    assert "after 60 s" in str(caught.value)
    assert 60 < clock.now < 70


def test_without_waiting_nothing_is_waited_for() -> None:
    """One look."""
    api = Api()
    session, clock, _told = session_of(api, wait=False)
    api.at_look = lambda cluster, _number: cluster["status"].update(phase="Setting up primary")
    assert bring(session) == "wait"
    assert clock.now == 0


def test_an_old_failure_is_given_the_time_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The change that mends it is not blamed for it."""
    api = Api()
    session, clock, _told = session_of(api, stable=0.0)
    bring(session)
    status_of(api)["phase"] = "Invalid cluster definition"
    changed = {**SPEC, "imageName": "r/postgresql:17.7"}

    def mend(cluster: Object, _number: int) -> None:
        if clock.now > 10:
            cluster["status"]["phase"] = HEALTHY

    furnish = api.furnish

    def furnish_badly(key: Reference, cluster: Object) -> None:
        furnish(key, cluster)
        cluster["status"]["phase"] = "Invalid cluster definition"

    monkeypatch.setattr(api, "furnish", furnish_badly)
    api.at_look = mend
    assert bring(session, changed) == "ready"


def test_an_unknown_phase_is_warned_of_once() -> None:
    """By its name."""
    api = Api()
    session, clock, _told = session_of(api, stable=0.0)

    def strange(cluster: Object, _number: int) -> None:
        cluster["status"]["phase"] = HEALTHY if clock.now > 20 else "Something new"

    api.at_look = strange
    bring(session)
    assert [warning for warning in session.warnings if "Something new" in warning] == session.warnings
    assert len(session.warnings) == 1


def test_what_hurts_more_than_is_allowed_is_refused() -> None:
    """One instance: a restart is downtime."""
    session, _clock, _told = session_of(Api(), stable=0.0)
    bring(session)
    with pytest.raises(Refused, match="disruption: downtime"):
        bring(session, {**SPEC, "imageName": "r/postgresql:17.7"}, Effect.SWITCHOVER)


@pytest.mark.parametrize("phase", sorted(HEALING))
def test_a_failure_that_the_operator_tries_again_counts_once_it_stands(phase: str) -> None:
    """Less than a minute is none; a minute is one. Who does not wait is told at once."""
    api = Api()
    session, clock, told = session_of(api, stable=0.0)
    api.at_look = lambda cluster, _number: cluster["status"].update(phase=HEALTHY if clock.now >= 40 else phase)
    assert bring(session) == "ready"
    assert clock.now == 40
    assert any(phase in line for line in told)

    api = Api()
    api.at_look = lambda cluster, _number: cluster["status"].update(phase=phase)
    session, clock, _told = session_of(api)
    with pytest.raises(Refused, match=phase):
        bring(session)
    assert HEALS <= clock.now < HEALS + 5

    session, clock, _told = session_of(api, wait=False)
    with pytest.raises(Refused, match=phase):
        bring(session)
    assert clock.now == 0


@pytest.mark.parametrize("problem", [Unanswered("api", "does not answer", sent=True), KubeError("api", "no leader", 500)])
def test_an_api_server_that_goes_away_while_it_is_waited_for(problem: KubeError) -> None:
    """A host of the control plane is lost: whoever waits is told and goes on."""
    api = Api()
    session, clock, told = session_of(api, stable=0.0)

    def away(cluster: Object, _number: int) -> None:
        cluster["status"]["phase"] = HEALTHY if clock.now >= 40 else "Setting up primary"
        if 10 <= clock.now < 40:
            raise problem

    api.at_look = away
    assert bring(session) == "ready"
    assert clock.now >= 40
    assert any(str(problem) in line for line in told)


def test_what_the_api_refuses_is_not_waited_for() -> None:
    """Rights that were taken away do not come back by waiting."""
    api = Api()
    session, clock, _told = session_of(api, stable=0.0)

    def forbidden(cluster: Object, _number: int) -> None:
        cluster["status"]["phase"] = "Setting up primary"
        if clock.now >= 2:
            raise KubeError("api", "forbidden", 403)

    api.at_look = forbidden
    with pytest.raises(KubeError, match="forbidden"):
        bring(session)
    assert clock.now < 10


def test_an_outage_that_does_not_end_is_named_when_time_is_up() -> None:
    """Beside what was waited for."""
    session, _clock, _told = session_of(Api(), stable=0.0)

    def nobody() -> bool:
        raise Unanswered("api", "does not answer", sent=True)

    with pytest.raises(Refused, match="the end of it; api: does not answer"):
        session.until("the end of it", nobody)


def test_a_pod_that_stood_there_before_the_change_does_not_end_the_wait_for_it() -> None:
    """The operator replaces it; one that cannot start afterwards ends it."""
    api = Api()
    session, clock, _told = session_of(api, stable=0.0, timeout=100.0)
    bring(session)
    well = api.things[Reference("v1", "Pod", "shop-1", "n")]["status"]
    stuck = {"containerStatuses": [{"state": {"waiting": {"reason": "CreateContainerConfigError", "message": "secret missing"}}}]}

    def replaced(cluster: Object, _number: int) -> None:
        api.things[Reference("v1", "Pod", "shop-1", "n")]["status"] = stuck if clock.now < ends else well
        cluster["status"]["phase"] = "Upgrading cluster" if clock.now < ends else HEALTHY

    ends, api.at_look = 20.0, replaced
    assert bring(session, {**SPEC, "resources": {}}) == "ready"
    assert clock.now == 20
    ends = 1000.0
    with pytest.raises(Refused, match="secret missing"):
        bring(session, {**SPEC, "description": "x"})
    assert clock.now == 20 + 30
