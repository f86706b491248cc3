# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of each field means, from two specs."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import Setting, classify, major_of, setting_of, worst
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.effects import FIELDS, row_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import differences, overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.effects import UNKNOWN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object
from hypothesis import given
from hypothesis import strategies as st

SPEC: Object = {
    "instances": 3,
    "imageName": "example.org/postgresql:17.6",
    "storage": {"size": "10Gi", "storageClass": "fast"},
    "walStorage": {"size": "2Gi", "storageClass": "fast"},
    "postgresql": {"parameters": {"max_connections": "100", "work_mem": "4MB"}, "pg_hba": ["host all all all scram-sha-256"]},
    "replicationSlots": {"highAvailability": {"enabled": True, "slotPrefix": "_cnpg_"}},
    "bootstrap": {"initdb": {"database": "app", "owner": "app"}},
    "tablespaces": [{"name": "cold", "storage": {"size": "5Gi"}}],
    "plugins": [{"name": PLUGIN, "parameters": {"barmanObjectName": "store"}}],
    "postgresUID": 26,
    "affinity": {"topologyKey": "kubernetes.io/hostname"},
}
THREE = Setting(3, "restart")


def changed(path: str, value: t.Any, spec: Object | None = None) -> Object:
    """The spec with one value set, or removed (None)."""
    spec = SPEC if spec is None else spec
    copied = copy.deepcopy(spec)
    here: t.Any = copied
    *steps, last = path.split("/")
    for step in steps:
        here = here[int(step)] if isinstance(here, list) else here.setdefault(step, {})
    if value is None:
        del here[last]
    else:
        here[last] = value
    return copied


@pytest.mark.parametrize(
    ("path", "value", "effect"),
    [
        ("description", "of the shop", Effect.ONLINE),
        ("instances", 4, Effect.ONLINE),
        ("instances", 2, Effect.FORBIDDEN),
        ("storage/size", "20Gi", Effect.ONLINE),
        ("storage/size", "10240Mi", Effect.ONLINE),
        ("storage/size", "9Gi", Effect.FORBIDDEN),
        ("walStorage/size", "1Gi", Effect.FORBIDDEN),
        ("walStorage", None, Effect.FORBIDDEN),
        ("storage/storageClass", "slow", Effect.IGNORED),
        ("walStorage/storageClass", "slow", Effect.IGNORED),
        ("tablespaces/0/storage/size", "6Gi", Effect.ONLINE),
        ("tablespaces/0/storage/size", "4Gi", Effect.FORBIDDEN),
        ("tablespaces/0/storage/storageClass", "slow", Effect.IGNORED),
        ("tablespaces", None, Effect.FORBIDDEN),
        ("tablespaces", [*SPEC["tablespaces"], {"name": "new", "storage": {"size": "1Gi", "storageClass": "x"}}], Effect.RESTART),
        ("bootstrap/initdb/database", "other", Effect.IGNORED),
        ("postgresql/parameters/work_mem", "8MB", Effect.RELOAD),
        ("postgresql/parameters/work_mem", None, Effect.RELOAD),
        ("postgresql/parameters/shared_buffers", "1GB", Effect.RESTART),
        ("postgresql/parameters/max_connections", "200", Effect.RESTART),
        ("postgresql/parameters/max_connections", "50", Effect.RESTART),
        ("postgresql/parameters/wal_level", "minimal", Effect.FORBIDDEN),
        ("postgresql/parameters/archive_mode", "off", Effect.FORBIDDEN),
        ("postgresql/parameters/pg_stat_statements.track", "all", Effect.RESTART),
        ("postgresql/pg_hba", [], Effect.RELOAD),
        ("postgresql/synchronous", {"method": "any", "number": 1, "dataDurability": "required"}, Effect.RELOAD),
        ("postgresql/shared_preload_libraries", ["timescaledb"], Effect.RESTART),
        ("imageName", "example.org/postgresql:17.7", Effect.RESTART),
        ("imageName", "example.org/postgresql:18.1", Effect.FORBIDDEN),
        ("imageName", "example.org/postgresql:16.10", Effect.FORBIDDEN),
        ("resources", {"limits": {"memory": "1Gi"}}, Effect.RESTART),
        ("affinity/topologyKey", "zone", Effect.RESTART),
        ("plugins", [], Effect.RESTART),
        ("replicationSlots/highAvailability/slotPrefix", "_x_", Effect.FORBIDDEN),
        ("replicationSlots/highAvailability", None, Effect.FORBIDDEN),
        ("replicationSlots/updateInterval", 60, Effect.ONLINE),
        ("postgresUID", 27, Effect.FORBIDDEN),
        ("replica", {"enabled": True, "source": "x"}, Effect.DOWNTIME),
        ("managed", {"roles": [{"name": "app"}]}, Effect.ONLINE),
        ("someLaterField", True, Effect.RESTART),
    ],
)
def test_one_field(path: str, value: t.Any, effect: Effect) -> None:
    """Three instances whose primary restarts where it is."""
    found = classify(SPEC, changed(path, value), THREE)
    assert worst(found) == effect
    assert all(change.why and change.source for change in found)


def test_nothing_is_no_change() -> None:
    """Equal specs, and quantities are compared as the API has them."""
    assert classify(SPEC, copy.deepcopy(SPEC), THREE) == ()


@pytest.mark.parametrize(
    ("setting", "effect"),
    [
        (Setting(1, "restart"), Effect.DOWNTIME),
        (Setting(1, "switchover"), Effect.DOWNTIME),
        (Setting(3, "restart"), Effect.RESTART),
        (Setting(3, "switchover"), Effect.SWITCHOVER),
        (Setting(3, "restart", hibernated=True), Effect.ONLINE),
    ],
)
def test_a_restart_as_the_cluster_meets_it(setting: Setting, effect: Effect) -> None:
    """The same change, by instances and update method."""
    assert worst(classify(SPEC, changed("resources", {"limits": {"cpu": "1"}}), setting)) == effect


def test_a_decrease_that_standbys_cannot_follow_restarts_the_primary_where_it_is_even_with_switchovers() -> None:
    """The operator restarts it itself."""
    found = classify(SPEC, changed("postgresql/parameters/max_connections", "50"), Setting(3, "switchover"))
    assert worst(found) == Effect.RESTART
    assert "where it is" in found[0].why


def test_image_and_parameters_together() -> None:
    """The webhook refuses it only with switchovers."""
    after = changed("postgresql/parameters/work_mem", "8MB", changed("imageName", "example.org/postgresql:17.7"))
    assert worst(classify(SPEC, after, THREE)) == Effect.RESTART
    assert worst(classify(SPEC, {**after, "primaryUpdateMethod": "switchover"}, Setting(3, "switchover"))) == Effect.FORBIDDEN


@pytest.mark.parametrize(
    ("path", "fixed", "effect"),
    [
        ("storage/size", {}, Effect.ONLINE),
        ("storage/size", {"walStorage": "fast"}, Effect.ONLINE),
        ("storage/size", {"storage": "fast"}, Effect.FORBIDDEN),
        ("tablespaces/0/storage/size", {"tablespaces[cold].storage": "slow"}, Effect.FORBIDDEN),
        ("tablespaces/0/storage/size", {"tablespaces[other].storage": "slow"}, Effect.ONLINE),
    ],
)
def test_growth_needs_volumes_that_can(path: str, fixed: dict[str, str], effect: Effect) -> None:
    """allowVolumeExpansion, where somebody has looked."""
    assert worst(classify(SPEC, changed(path, "20Gi"), Setting(3, "restart", fixed=fixed))) == effect


def test_a_new_volume_for_wal_restarts_and_its_class_is_no_ignored_one() -> None:
    """From no walStorage to one."""
    found = classify(changed("walStorage", None), SPEC, THREE)
    assert {change.effect for change in found} == {Effect.RESTART}


def test_taking_the_recovery_out_of_bootstrap_is_what_a_restore_asks_for() -> None:
    """Every other change of bootstrap is ignored by the operator."""
    restored = {**SPEC, "bootstrap": {"recovery": {"source": "groundwork-source"}}}
    assert worst(classify(restored, SPEC, THREE)) == Effect.ONLINE
    assert worst(classify(SPEC, restored, THREE)) == Effect.IGNORED


def test_the_worst_comes_first() -> None:
    """For people who read one line."""
    after = changed("storage/size", "1Gi", changed("description", "x"))
    assert [change.effect for change in classify(SPEC, after, THREE)] == [Effect.FORBIDDEN, Effect.ONLINE]


@pytest.mark.parametrize(
    ("image", "major"),
    [
        ("example.org/postgresql:17.6-standard-trixie@sha256:" + "0" * 64, 17),
        ("example.org:5000/postgresql:16", 16),
        ("example.org:5000/postgresql", None),
        ("postgresql:latest", None),
        (None, None),
    ],
)
def test_major_version_in_a_tag(image: str | None, major: int | None) -> None:
    """A port is no version."""
    assert major_of(image) == major


NEW_SERVER = "plugins/0/parameters/serverName"
CATALOGUE = {**{key: value for key, value in SPEC.items() if key != "imageName"}, "imageCatalogRef": {"name": "c", "kind": "ImageCatalog", "major": 17}}


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (SPEC, changed("imageName", "example.org/postgresql:18.1"), Effect.FORBIDDEN),
        # the name that it has without saying so is no other one
        (SPEC, changed(NEW_SERVER, "shop", changed("imageName", "example.org/postgresql:18.1")), Effect.FORBIDDEN),
        (SPEC, changed(NEW_SERVER, "shop-pg18", changed("imageName", "example.org/postgresql:18.1")), Effect.DOWNTIME),
        (SPEC, changed("plugins/0/parameters/barmanObjectName", "other", changed("imageName", "example.org/postgresql:18.1")), Effect.DOWNTIME),
        ({**SPEC, "plugins": []}, {**changed("imageName", "example.org/postgresql:18.1"), "plugins": []}, Effect.DOWNTIME),
        (CATALOGUE, changed("imageCatalogRef/major", 18, CATALOGUE), Effect.FORBIDDEN),
        (CATALOGUE, changed(NEW_SERVER, "shop-pg18", changed("imageCatalogRef/major", 18, CATALOGUE)), Effect.DOWNTIME),
        (CATALOGUE, changed(NEW_SERVER, "shop-pg16", changed("imageCatalogRef/major", 16, CATALOGUE)), Effect.FORBIDDEN),
        (CATALOGUE, changed("imageCatalogRef/name", "d", CATALOGUE), Effect.RESTART),
        # from an image into a catalogue, of the same version and of another one
        (SPEC, CATALOGUE, Effect.RESTART),
        (SPEC, changed("imageCatalogRef/major", 18, CATALOGUE), Effect.FORBIDDEN),
        (SPEC, changed(NEW_SERVER, "shop-pg18", changed("imageCatalogRef/major", 18, CATALOGUE)), Effect.DOWNTIME),
    ],
)
def test_another_major_version_has_an_archive_of_its_own(before: Object, after: Object, effect: Effect) -> None:
    """Whatever says the version; the plugin does not tell the WAL of two versions apart."""
    assert worst(classify(before, after, Setting(3, "restart", data=17, name="shop"))) == effect


def test_back_to_the_version_that_wrote_the_data_goes_into_its_own_archive_again() -> None:
    """As after an upgrade that failed: with and without a server name that has changed."""
    failed = changed(NEW_SERVER, "shop-pg18", changed("imageName", "example.org/postgresql:18.1"))
    for after in (SPEC, changed(NEW_SERVER, "shop-pg18")):
        assert worst(classify(failed, after, Setting(3, "restart", data=17, name="shop"))) == Effect.DOWNTIME


@pytest.mark.parametrize(("data", "effect"), [(17, Effect.DOWNTIME), (18, Effect.FORBIDDEN), (None, Effect.FORBIDDEN)])
def test_back_from_an_upgrade_that_failed(data: int | None, effect: Effect) -> None:
    """An older image fits as long as the data is as the older version wrote it, which the operator knows."""
    (change,) = classify(changed("imageName", "example.org/postgresql:18.1"), SPEC, Setting(3, "restart", data=data))
    assert change.effect == effect


def test_setting_of_a_running_cluster() -> None:
    """What runs counts, not what is asked for."""
    status = {"readyInstances": 1, "pgDataImageInfo": {"image": "r/postgresql:17.6", "majorVersion": 17}}
    cluster = {"metadata": {"name": "shop", "annotations": {"cnpg.io/hibernation": "on"}}, "spec": {"instances": 3}, "status": status}
    assert setting_of(cluster) == Setting(1, "restart", hibernated=True, data=17, name="shop")


def test_rows_by_their_longest_prefix() -> None:
    """Names in brackets do not count, and unknown fields have a row of their own."""
    assert row_of("storage.size") is FIELDS["storage"]
    assert row_of("storage.storageClass") is FIELDS["storage.storageClass"]
    assert row_of("plugins[x].parameters.serverName") is FIELDS["plugins"]
    assert row_of("whatever") is UNKNOWN


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
TREES = st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2), max_leaves=8)
SPECS = st.dictionaries(st.sampled_from(["instances", "storage", "plugins", "imageName", "postgresql", "bootstrap", "x"]), TREES, max_size=4)


@given(SPECS, SPECS)
def test_every_difference_gets_an_effect_and_equal_specs_none(before: Object, after: Object) -> None:
    """Whatever stands in two specs, the classification neither breaks nor forgets."""
    paths = {path for path, _old, _new in differences(before, after)}
    assert paths <= {change.path for change in classify(before, after, THREE)}
    assert list(differences(before, before)) == []


@given(SPECS, SPECS)
def test_overlaying_twice_changes_nothing_more(base: Object, own: Object) -> None:
    """It is idempotent, and says everything that it was given."""
    once = overlaid(base, own)
    assert overlaid(once, own) == once
    assert set(own) <= set(once)
