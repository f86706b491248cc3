# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What takes too long for every run: the other environments, and builds that are interrupted again and again."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.interruptions import Points, killed, lost
from tests.support.twin import Twin, raised

pytestmark = pytest.mark.long
#: While hosts are worked on: there the play may be killed, or the host be lost.
HOST_LOST: Points = [
    ("Install what is missing", 3.0),
    ("Write the files that differ", 1.0),
    ("Download and verify k3s", 1.0),
    ("Put the servers' token in place", 0.5),
    ("Start K3s", 4.0),
    ("Point this server at .*", 0.2),
]
PLAY_KILLED: Points = [
    ("Plan the virtual machines", 1.0),
    ("Create what is missing", 0.5),
    ("Wait for ssh on .*", 0.5),
    *HOST_LOST,
    ("Write the kubeconfig", 0.2),
]


@pytest.fixture
def twin(request: pytest.FixtureRequest) -> t.Iterator[Twin]:
    """A fresh twin of the environment that the test is parametrized with."""
    environment = getattr(request, "param", "dev")
    with raised(f"test-long-{environment}", f"inventories/{environment}") as found:
        yield found


@pytest.mark.parametrize("twin", ["test", "prod"], indirect=True)
def test_other_environments_rehearse(twin: Twin) -> None:
    environment = twin.name.rpartition("-")[2]
    inventory, nodes = f"inventories/{environment}", [f"k8s-{environment}-{number}" for number in (21, 22, 23)]
    done = twin.playbook("site.yml", inventory=inventory)
    assert done.status == 0, done.tail
    again = twin.playbook("site.yml", inventory=inventory)
    assert again.status == 0, again.tail
    assert {node: again.recap(node)["changed"] for node in nodes} == dict.fromkeys(nodes, 0)


@pytest.mark.parametrize(("interrupted", "points"), [(killed, PLAY_KILLED), (lost, HOST_LOST)], ids=["killed", "host lost"])
def test_interrupted(twin: Twin, interrupted: t.Callable[..., None], points: Points) -> None:
    """After each interruption the next run goes on; at the end the same healthy state as without."""
    interrupted(twin, points, "site.yml")
    done = twin.playbook("site.yml")
    assert done.status == 0, done.tail
    again = twin.playbook("site.yml")
    assert again.status == 0, again.tail
    assert again.recap("k8s-dev-21")["changed"] == 0
