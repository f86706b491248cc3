# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfigs: one entry replaced, all others kept."""

from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.platform.plugins.filter.kubeconfig_merge import kubeconfig_merge

SOURCE = yaml.safe_dump(
    {
        "clusters": [{"name": "default", "cluster": {"server": "https://127.0.0.1:6443", "certificate-authority-data": "Q0E="}}],
        "users": [{"name": "default", "user": {"client-key-data": "S0VZ"}}],
        "contexts": [{"name": "default", "context": {"cluster": "default", "user": "default"}}],
        "current-context": "default",
    }
)


def test_into_nothing() -> None:
    merged = yaml.safe_load(kubeconfig_merge("", SOURCE, "eneg-dev", "https://192.0.2.21:6443"))
    assert merged["clusters"] == [{"name": "eneg-dev", "cluster": {"server": "https://192.0.2.21:6443", "certificate-authority-data": "Q0E="}}]
    assert merged["contexts"] == [{"name": "eneg-dev", "context": {"cluster": "eneg-dev", "user": "eneg-dev"}}]
    assert merged["current-context"] == "eneg-dev"


def test_others_stay_and_repetition_changes_nothing() -> None:
    first = kubeconfig_merge("", SOURCE, "eneg-prod", "https://192.0.2.1:6443")
    both = kubeconfig_merge(first, SOURCE, "eneg-dev", "https://192.0.2.21:6443")
    assert [entry["name"] for entry in yaml.safe_load(both)["users"]] == ["eneg-prod", "eneg-dev"]
    assert yaml.safe_load(both)["current-context"] == "eneg-prod"
    assert kubeconfig_merge(both, SOURCE, "eneg-dev", "https://192.0.2.21:6443") == both


@pytest.mark.parametrize(("present", "source"), [("- a list", SOURCE), ("key: [", SOURCE), ("", "{}"), ("", "clusters: []")])
def test_what_is_no_kubeconfig_is_refused_without_its_text(present: str, source: str) -> None:
    with pytest.raises(AnsibleFilterError) as problem:
        kubeconfig_merge(present, source, "eneg-dev", "https://192.0.2.21:6443")
    assert "a list" not in str(problem.value)
