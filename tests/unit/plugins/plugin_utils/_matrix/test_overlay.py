# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Overlays: what they change, what they leave alone, and what is said about it."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded, load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems

from tests.unit.plugins.plugin_utils._matrix.fixtures import ROOT


def load_with(tmp_path: pathlib.Path, text: str) -> Loaded:
    overlay = tmp_path / "overlay.yml"
    overlay.write_text(text, "utf-8")
    return load_matrix(ROOT / "base.yml", [overlay])


def test_key_and_site_are_filled_in_and_the_deviation_is_told(tmp_path: pathlib.Path) -> None:
    loaded = load_with(tmp_path, '- path: vcenters.*.hostname\n  value: "{key}.{site.domain}"\n  only_if_null: true\n  why: rehearsal\n')
    assert loaded.site.vcenters["vc"].hostname == "vc.example.org"
    (deviation,) = loaded.deviations
    assert (deviation.path, deviation.before, deviation.after, deviation.why) == ("vcenters.vc.hostname", None, "vc.example.org", "rehearsal")
    assert not any(item.path == "vcenters.vc.hostname" for item in loaded.missing)


def test_only_if_null_leaves_what_the_owner_said(tmp_path: pathlib.Path) -> None:
    loaded = load_with(tmp_path, "- path: environments.*.vip\n  value: 192.0.2.30\n  only_if_null: true\n  why: rehearsal\n")
    assert loaded.site.environments["lab"].vip == "192.0.2.20"
    assert loaded.deviations == ()


def test_a_numbered_address_is_one_of_the_environments_network(tmp_path: pathlib.Path) -> None:
    loaded = load_with(tmp_path, '- path: environments.*.vip\n  value: "{address.30}"\n  why: rehearsal\n')
    assert {key: environment.vip for key, environment in loaded.site.environments.items()} == {"lab": "192.0.2.30", "live": "198.51.100.30"}


def test_a_number_that_the_network_does_not_have_is_a_problem_of_the_overlay(tmp_path: pathlib.Path) -> None:
    with pytest.raises(MatrixProblems, match=r"overlay\.yml:2"):
        load_with(tmp_path, '- path: environments.*.vip\n  value: "{address.300}"\n  why: rehearsal\n')


def test_lists_are_reached_by_star_and_by_index(tmp_path: pathlib.Path) -> None:
    text = "- path: environments.live.nodes.*.hosts\n  value: [ESX4, ESX3, ESX2]\n  why: a\n- path: site.dns_servers.0\n  value: 203.0.113.54\n  why: b\n"
    loaded = load_with(tmp_path, text)
    assert loaded.site.machines["k8s-live-21"].hypervisor == "ESX4"
    assert loaded.site.networks["lab"].dns_servers == ("203.0.113.54",)


@pytest.mark.parametrize("text", ["{}", "- path: site.id", "- {path: a.b.c, value: 1, why: x}", "- {path: site.id, value: x, why: y, wehn: z}", "- 5"])
def test_malformed_overlays_are_refused(text: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(MatrixProblems, match="GW010"):
        load_with(tmp_path, text)


def test_if_present_passes_over_a_part_that_a_matrix_does_not_have(tmp_path: pathlib.Path) -> None:
    loaded = load_with(tmp_path, "- path: access.nothing.here\n  value: 1\n  if_present: true\n  why: rehearsal\n")
    assert loaded.deviations == ()
