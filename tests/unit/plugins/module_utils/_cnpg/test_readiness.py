# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for this change: truth tables over the object, its pods and its volumes."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import phases
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.observe import Failure, Observed, Pod, Volume, observe
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.readiness import GRACE, SIDECAR, Wish, crowded, judge
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import FAILED, HUMAN, READY, WAIT, Stability, Verdict
from hypothesis import given
from hypothesis import strategies as st

IMAGE = "example.org/postgresql:17.6"
SPEC: Object = {"instances": 2, "imageName": IMAGE, "storage": {"size": "10Gi"}, "resources": {"limits": {"memory": "1Gi"}}}


def pod(name: str, **other: t.Any) -> Pod:
    """An instance that is well."""
    plain = Pod(name, "node", ready=True, leaving=False, image=IMAGE, containers=frozenset({"postgres"}), resources={"limits": {"memory": "1024Mi"}})
    return replace(plain, **other)


def volume(instance: str, capacity: str = "10Gi", **other: t.Any) -> Volume:
    """Its data."""
    return replace(Volume(instance, instance, "PG_DATA", "10Gi", capacity, bound=True, volume="v", storage_class="fast"), **other)


def status(phase: str = phases.HEALTHY, **other: t.Any) -> Object:
    """A cluster with two instances."""
    return {"status": {"phase": phase, "readyInstances": 2, "currentPrimary": "a-1", "targetPrimary": "a-1", **other}}


@pytest.mark.parametrize(
    ("instances", "topology", "warned"),
    [
        (3, {"successfullyExtracted": True, "nodesUsed": 3}, False),
        (3, {"successfullyExtracted": True, "nodesUsed": 2}, True),
        (3, {"successfullyExtracted": False, "nodesUsed": 2}, False),
        (3, {"nodesUsed": 2}, False),
        (3, {"successfullyExtracted": True}, False),
        (1, {"successfullyExtracted": True, "nodesUsed": 1}, False),
        (3, None, False),
    ],
)
def test_instances_that_share_hosts(instances: int, topology: Object | None, warned: bool) -> None:
    """Warned of, where the operator knows the hosts."""
    found = crowded({"spec": {"instances": instances}, "status": {"topology": topology}})
    assert bool(found) is warned
    assert ("3 instances run on 2 hosts" in found) is warned


WELL = Observed(status(), (pod("a-1"), pod("a-2")), (volume("a-1"), volume("a-2")))


#: A major upgrade whose job runs: no instance has a pod.
UPGRADING = Observed(status("Upgrading Postgres major version", readyInstances=0, pgDataImageInfo={"image": IMAGE, "majorVersion": 17}))
UPGRADE_FAILED = Failure("a-1-major-upgrade", "major-upgrade", ("a-1-major-upgrade-x",), 'could not load library "postgis-3"')
NEXT = Wish({**SPEC, "imageName": "example.org/postgresql:18.1"})


@pytest.mark.parametrize(
    ("seen", "wish", "state"),
    [
        (WELL, Wish(SPEC), READY),
        # the status is older than the spec: everything says healthy, the evidence does not
        (WELL, Wish({**SPEC, "instances": 3}), WAIT),
        (WELL, Wish({**SPEC, "imageName": "example.org/postgresql:17.7"}), WAIT),
        (WELL, Wish({**SPEC, "storage": {"size": "20Gi"}}), WAIT),
        (WELL, Wish({**SPEC, "resources": {"limits": {"memory": "2Gi"}}}), WAIT),
        (WELL, Wish({**SPEC, "plugins": [{"name": PLUGIN}]}), WAIT),
        (WELL, Wish({**SPEC, "plugins": [{"name": PLUGIN, "enabled": False}]}), READY),
        (WELL, Wish(SPEC, restarted_at="2026-11-22T10:00:00Z"), WAIT),
        (WELL, Wish(SPEC, primary="a-2"), WAIT),
        (WELL, Wish(SPEC, primary="a-1"), READY),
        # evidence is there, the status is not
        (replace(WELL, cluster=status("Upgrading cluster")), Wish(SPEC), WAIT),
        (replace(WELL, cluster=status(targetPrimary="a-2")), Wish(SPEC), WAIT),
        (replace(WELL, cluster=status(readyInstances=1)), Wish(SPEC), WAIT),
        (replace(WELL, cluster={"status": {}}), Wish(SPEC), WAIT),
        (replace(WELL, pods=(pod("a-1"), pod("a-2", ready=False))), Wish(SPEC), WAIT),
        (replace(WELL, pods=(pod("a-1"), pod("a-2", leaving=True))), Wish(SPEC), WAIT),
        (replace(WELL, volumes=(volume("a-1"), volume("a-2", "5Gi"))), Wish(SPEC), WAIT),
        (replace(WELL, volumes=(volume("a-1", bound=False),)), Wish(SPEC), WAIT),
        # a volume of an instance that is gone says nothing
        (replace(WELL, volumes=(volume("a-1"), volume("a-2"), volume("a-9", "1Gi"))), Wish(SPEC), READY),
        # a person has to act
        (replace(WELL, cluster=status(phases.WAITING_FOR_USER)), Wish(SPEC), HUMAN),
        # an unknown phase is waited for
        (replace(WELL, cluster=status("Doing something new")), Wish(SPEC), WAIT),
        # pods that cannot start end it, pods that are only late do not
        (replace(WELL, pods=(pod("a-1"), pod("a-2", ready=False, stuck=("ImagePullBackOff", "x")))), Wish(SPEC), FAILED),
        (replace(WELL, pods=(pod("a-1"), pod("a-2", ready=False, stuck=("ErrImagePull", "x")))), Wish(SPEC), WAIT),
        (replace(WELL, pods=(pod("a-1"), pod("a-2", ready=False, stuck=("Unschedulable", "0/3 nodes")))), Wish(SPEC), WAIT),
        # a job is tried again by Kubernetes, seven times in ten minutes; three in a row are enough
        (replace(WELL, cluster=status(readyInstances=1), failures=(Failure("a-2-join", "join", ("a-2-join-x", "a-2-join-y")),)), Wish(SPEC), WAIT),
        (replace(WELL, failures=(Failure("a-2-join", "join", ("a-2-join-x", "a-2-join-y", "a-2-join-z")),)), Wish(SPEC), FAILED),
        # the job of a major upgrade is tried once, and the operator says nothing
        (replace(UPGRADING, failures=(UPGRADE_FAILED,)), NEXT, FAILED),
        (replace(UPGRADING, failures=()), NEXT, WAIT),
        # the old image again: the operator removes that job
        (replace(UPGRADING, failures=(UPGRADE_FAILED,)), Wish(SPEC), WAIT),
        # a pod with the image that was corrected just now is one that is replaced
        (replace(WELL, pods=(pod("a-1"), pod("a-2", image="x:1", ready=False, stuck=("ImagePullBackOff", "x")))), Wish(SPEC), WAIT),
        (replace(WELL, pods=(pod("a-1"), pod("a-2", ready=False, stuck=("CreateContainerConfigError", "x")))), Wish({**SPEC, "imageName": None}), FAILED),
    ],
)
def test_one_look(seen: Observed, wish: Wish, state: str) -> None:
    """State of the verdict; whoever has to wait is told for what."""
    found = judge(wish, seen, 60.0)
    assert found.state == state
    assert found.state == READY or found.message


@pytest.mark.parametrize("phase", sorted(phases.FAILED))
def test_a_failed_phase_ends_it_with_the_operators_words_and_the_next_step(phase: str) -> None:
    """At once, even if it is only a second after the change."""
    found = judge(Wish(SPEC), replace(WELL, cluster=status(phase, phaseReason="because of this")), 1.0)
    assert (found.state, found.remedy) == (FAILED, phases.FAILED[phase])
    assert found.message == f"{phase}: because of this"


@pytest.mark.parametrize(("elapsed", "reason", "state"), [(1.0, "old", READY), (GRACE, "old", FAILED), (1.0, "new", FAILED)])
def test_a_failure_from_before_the_change_counts_only_after_a_while(elapsed: float, reason: str, state: str) -> None:
    """The operator may not have looked yet; another reason is another failure."""
    invalid = "Invalid cluster definition"
    found = judge(Wish(SPEC, before=(invalid, "old")), replace(WELL, cluster=status(invalid, phaseReason=reason)), elapsed)
    assert (found.state == FAILED) == (state == FAILED)


def test_a_full_volume_that_is_being_enlarged_is_no_failure() -> None:
    """For as long as the volumes are smaller than they will be."""
    full = replace(WELL, cluster=status(phases.DISK_FULL, phaseReason="full"))
    wish = Wish({**SPEC, "storage": {"size": "20Gi"}}, before=(phases.DISK_FULL, "full"))
    assert judge(wish, full, 3600.0).state == WAIT
    assert judge(replace(wish, spec=SPEC), full, 3600.0).state == FAILED


def test_a_major_upgrade_that_failed_is_told_with_the_way_back() -> None:
    """At once: PostgreSQL is stopped, and nobody tries it again."""
    found = judge(NEXT, replace(UPGRADING, failures=(UPGRADE_FAILED,)), 1.0)
    assert found.message == 'job a-1-major-upgrade has failed, and PostgreSQL is stopped: could not load library "postgis-3"'
    assert "present with the old image, the old serverName and disruption: downtime" in found.remedy
    assert "pod a-1-major-upgrade-x" in found.remedy


STUCK_BEFORE = replace(WELL, pods=(pod("a-1"), pod("a-2", ready=False, stuck=("CreateContainerConfigError", "x"))))
FAILED_BEFORE = replace(WELL, failures=(Failure("a-2-join", "join", ("x", "y", "z")),))


@pytest.mark.parametrize("old", [STUCK_BEFORE, FAILED_BEFORE])
@pytest.mark.parametrize(("known", "elapsed", "failed"), [(True, 1.0, False), (True, GRACE, True), (False, 1.0, True), (True, float("inf"), True)])
def test_pods_from_before_the_change_count_only_after_a_while(old: Observed, known: bool, elapsed: float, failed: bool) -> None:
    """They stood there when it was made; without a change (inf) they count."""
    wish = Wish(SPEC, first=old if known else WELL)
    assert (judge(wish, old, elapsed).state == FAILED) is failed


def test_a_job_that_goes_on_failing_after_the_change_counts() -> None:
    """Its new pods do, at once."""
    seen = replace(WELL, failures=(Failure("a-2-join", "join", ("x", "y", "z", "1", "2", "3")),))
    assert judge(Wish(SPEC, first=FAILED_BEFORE), seen, 1.0).message.startswith("job a-2-join has failed 3 times")


ASKED = (phases.WAITING_FOR_USER, "switch over")
PREVIOUS = "example.org/postgresql:17.5"


@pytest.mark.parametrize(
    ("before", "replica", "elapsed", "state"),
    [
        (("", ""), IMAGE, 1.0, HUMAN),
        (ASKED, IMAGE, 1.0, WAIT),
        (ASKED, IMAGE, GRACE, HUMAN),
        (ASKED, PREVIOUS, GRACE, WAIT),
        (ASKED, IMAGE, float("inf"), HUMAN),
        (ASKED, PREVIOUS, float("inf"), WAIT),
    ],
)
def test_a_call_for_a_person_from_before_the_change(before: tuple[str, str], replica: str, elapsed: float, state: str) -> None:
    """A switchover now would go to a replica without the change. The primary has it last, so it is not looked at."""
    seen = replace(WELL, cluster=status(ASKED[0], phaseReason=ASKED[1]), pods=(pod("a-1", image=PREVIOUS), pod("a-2", image=replica)))
    assert judge(Wish(SPEC, before=before), seen, elapsed).state == state


def test_an_unknown_phase_warns() -> None:
    """Its name is told."""
    assert "Doing something new" in judge(Wish(SPEC), replace(WELL, cluster=status("Doing something new")), 60.0).warning
    assert not judge(Wish(SPEC), replace(WELL, cluster=status("Upgrading cluster")), 60.0).warning


def test_the_sidecar_is_evidence_of_the_plugin() -> None:
    """Its container is in the pods."""
    with_it = frozenset({"postgres", SIDECAR})
    seen = replace(WELL, pods=(pod("a-1", containers=with_it), pod("a-2", containers=with_it)))
    assert judge(Wish({**SPEC, "plugins": [{"name": PLUGIN}]}), seen, 60.0).state == READY


@given(st.lists(st.tuples(st.sampled_from([READY, WAIT]), st.floats(0.1, 5.0))), st.floats(0.5, 10.0))
def test_stable_means_ready_without_a_break(looks: list[tuple[str, float]], wanted: float) -> None:
    """Against the plain reading: the length of the unbroken end of the row."""
    stability, now, since = Stability(wanted), 0.0, None
    for state, pause in looks:
        now += pause
        since = None if state != READY else now if since is None else since
        stability = stability.next(Verdict(state), now)
        assert stability.reached(now) == (since is not None and now - since >= wanted)


def test_what_is_observed_of_the_apis_objects() -> None:
    """Instances only; why one does not start; sizes of claims."""
    labels = {"cnpg.io/podRole": "instance"}
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    waiting = {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such tag"}}}]}
    away = {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]}
    spec = {"nodeName": "n1", "containers": [{"name": "postgres", "image": IMAGE}], "initContainers": [{"name": SIDECAR}]}
    pods = [
        {"metadata": {"name": "b", "labels": labels}, "spec": spec, "status": waiting},
        {"metadata": {"name": "a", "labels": labels, "deletionTimestamp": "x"}, "spec": spec, "status": ready},
        {"metadata": {"name": "c", "labels": labels}, "spec": spec, "status": away},
        {"metadata": {"name": "pooler", "labels": {"cnpg.io/podRole": "pooler"}}, "spec": spec, "status": ready},
    ]
    claim = {
        "metadata": {"name": "a-wal", "labels": {"cnpg.io/instanceName": "a", "cnpg.io/pvcRole": "PG_WAL"}},
        "spec": {"resources": {"requests": {"storage": "2Gi"}}, "volumeName": "pv", "storageClassName": "fast"},
        "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}},
    }
    seen = observe({"metadata": {"annotations": {"cnpg.io/fencedInstances": '["a"]'}}}, pods, [claim])
    assert [(found.name, found.ready, found.leaving, found.stuck) for found in seen.pods] == [
        ("a", True, True, None),
        ("b", False, False, ("ImagePullBackOff", "no such tag")),
        ("c", False, False, ("Unschedulable", "0/3 nodes")),
    ]
    assert seen.pods[0].containers == {"postgres", SIDECAR}
    assert seen.volumes == (Volume("a-wal", "a", "PG_WAL", "2Gi", "1Gi", bound=True, volume="pv", storage_class="fast"),)
    assert seen.fenced == {"a"}


def test_jobs_that_failed_are_counted_each_by_itself() -> None:
    """In the order of their pods; those that run, or ended well, are none."""

    def of_job(name: str, job: str, phase: str, made: int) -> Object:
        labels = {"cnpg.io/jobRole": "full-recovery", "batch.kubernetes.io/job-name": job}
        metadata = {"name": name, "labels": labels, "creationTimestamp": f"2026-11-22T10:00:0{made}Z"}
        return {"metadata": metadata, "status": {"phase": phase}}

    pods = [of_job("z", "a", "Failed", 1), of_job("y", "a", "Failed", 2), of_job("x", "a", "Running", 3), of_job("w", "b", "Failed", 4)]
    seen = observe({}, [*pods, of_job("v", "c", "Succeeded", 5)], [])
    assert seen.failures == (Failure("a", "full-recovery", ("z", "y")), Failure("b", "full-recovery", ("w",)))
    assert seen.pods == ()


def test_a_job_that_fails_is_told_with_its_error_and_where_to_read_on() -> None:
    """The operator says nothing until Kubernetes gives the job up."""
    failure = Failure("a-1-full-recovery", "full-recovery", ("p", "q", "r"), "Error while restoring: checksum")
    found = judge(Wish(SPEC), replace(WELL, failures=(failure,)), 60.0)
    assert found.message == "job a-1-full-recovery has failed 3 times: Error while restoring: checksum"
    assert "pod r, container full-recovery" in found.remedy


@pytest.mark.parametrize("text", ["", "nonsense", "{}", "null"])
def test_a_fence_that_nobody_can_read_is_none(text: str) -> None:
    """The operator ignores it, too."""
    assert observe({"metadata": {"annotations": {"cnpg.io/fencedInstances": text}}}, [], []).fenced == frozenset()
