# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short path with a real Argo CD: one server, one component beside Argo CD. A release is promoted into dev, and a bad one goes no further.

Dev is the second environment here. The first has no cluster, so what would be seen there is waived, with its reason. All three environments with a
cluster each are in test_promotion.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.gitops import applications, kubectl
from tests.support.promotion import APP, ONLY, Estate, Inventories, noted, server, without_key
from tests.support.twin import Finished, raised

pytestmark = pytest.mark.artefacts("argocd")
WAIVED = {"promote_waive": dict.fromkeys(("G2", "G3"), "the first environment has no cluster here")}


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    inventories = Inventories(tmp_path_factory.mktemp("site"), timeout="2m", dev_second=True)
    with raised("test-gitops-short", inventories.of("dev"), "--gitops", "--only", ONLY) as twin:
        estate = Estate(twin, inventories)
        estate.cluster("dev")
        estate.kubeconfig("dev")
        estate.first_tree()
        estate.hand_over("dev")
        yield estate


def promote(estate: Estate) -> Finished:
    return estate.promote("dev", "-e", json.dumps(WAIVED))


def test_a_release_is_promoted_into_dev(estate: Estate) -> None:
    before = estate.releases("dev")
    estate.change(noted("first"), "A change")
    assert estate.releases("dev") == before, "nothing reaches dev by rendering"
    done = promote(estate)
    assert done.status == 0, done.tail
    assert estate.releases("dev") == estate.releases("test") != before
    assert json.loads(estate.file("audit/promotions/dev-1.json"))["outcome"] == "live"
    assert applications(estate.twin, server("dev"))[APP][:2] == ("Synced", "Healthy")
    look = f"--namespace {APP} get pods --output jsonpath={{.items[*].spec.containers[*].env[*].value}}"
    assert "first" in kubectl(estate.twin, server("dev"), look).output


def test_a_bad_one_goes_no_further_than_dev(estate: Estate) -> None:
    before = estate.releases("dev")
    estate.change(without_key(), "A bad change")
    assert estate.releases("test") != before
    done = promote(estate)
    assert done.status != 0
    assert "dev-2: reverted" in done.output, done.tail
    assert estate.releases("dev") == before
    record = json.loads(estate.file("audit/promotions/dev-2.json"))
    assert record["outcome"] == "reverted"
    assert "what was there before is live again" in record["reason"]
    assert applications(estate.twin, server("dev"))[APP][:2] == ("Synced", "Healthy")
    refused = promote(estate)
    assert refused.status != 0
    assert "was taken back in dev" in refused.output
