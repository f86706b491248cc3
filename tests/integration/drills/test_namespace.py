# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""restore_namespace.yml; the test plays Velero. The runbook is docs/runbooks/restore-namespace.md."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.api_site import Site
from tests.support.velero_double import VERSION, Velero

#: Each of them plays it several times.
pytestmark = pytest.mark.long
BESIDE = ("restore_namespace", "-e", "source=wiki", "-e", "to=wiki-look")
OVER = ("restore_namespace", "-e", "source=wiki", "-e", "overwrite=true")


@pytest.fixture(autouse=True)
def with_a_wiki(site: Site, velero: Velero) -> Iterator[None]:
    kube, well = site.api.kube(), dict(velero.status)
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "wiki"}}, "test")
    yield
    velero.status = well
    for thing in kube.objects(VERSION, "Restore", "velero"):
        kube.ask("DELETE", f"/apis/{VERSION}/namespaces/velero/restores/{thing['metadata']['name']}", {}, {})


def test_what_must_not_be_is_refused_all_at_once(site: Site, velero: Velero) -> None:
    done = site.play("restore_namespace")
    assert (done.status != 0, "2 problem(s), nothing was touched" in done.said, "give -e source=NAMESPACE" in done.said) == (True, True, True), done.tail
    done = site.play(*OVER, "-e", "to=wiki", "-e", "backup=nightl")
    assert done.status != 0
    for words in ("3 problem(s), nothing was touched", "-e confirm=dev/wiki", "either -e to=NAME", "did you mean 'nightly'"):
        assert words in done.said
    assert velero.restores() == []


def test_a_namespace_comes_back_beside_its_source_or_over_it_by_name(site: Site, velero: Velero) -> None:
    done = site.play(*BESIDE, "--check")
    assert (done.status, "would be restored from nightly" in done.said, velero.restores()) == (0, True, []), done.tail
    done = site.play(*BESIDE)
    assert (done.status, "into wiki-look; the source was not touched" in done.said) == (0, True), done.tail
    assert [spec["namespaceMapping"] for spec in velero.restores()] == [{"wiki": "wiki-look"}]
    done = site.play(*OVER, "-e", "confirm=dev/wiki")
    assert (done.status, "over the source" in done.said) == (0, True), done.tail
    assert sorted(spec.get("existingResourcePolicy", "") for spec in velero.restores()) == ["", "update"]


def test_a_restore_that_ended_badly_is_not_believed(site: Site, velero: Velero) -> None:
    velero.status = {"phase": "PartiallyFailed", "errors": "2"}
    done = site.play("restore_namespace", "-e", "source=wiki", "-e", "to=wiki-again")
    assert done.status != 0
    assert "ended as PartiallyFailed, with 2 errors" in done.said
