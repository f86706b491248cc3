# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the eNeG site's production: live against its vCenters, simulated from its own matrix, and offline from what was recorded there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix

from lab.twin.site_spec import simulator_spec
from tests.integration.vsphere.simulated import PASSWORD, USER, VCenter
from tests.integration.vsphere.site import CHECKOUT
from tests.support.ports import reserved

#: What only the owner can say, and where the simulated vCenters are.
SUPPLIED = {
    "vcenters.*.hostname": "127.0.0.1",
    "vcenters.*.datacenter": "Datacenter",
    "vcenters.*.template": "template-cloud-init",
    "vcenters.*.folder": "Kubernetes",
    "vcenters.*.port_groups.*": "VLAN {key}",
    "hypervisors.*.datastores.*": 8192,
}


class Production:
    """Running vCenters of the site, the overlay that says where they are, and the account for them."""

    def __init__(self, folder: Path, binary: Path, certificate: tuple[Path, Path], ports: dict[str, int]) -> None:
        self.overlay = folder / "overlay.yml"
        values = {**SUPPLIED, "vcenters.*.ca_file": str(certificate[0]), **{f"vcenters.{key}.port": port for key, port in ports.items()}}
        self.overlay.write_text(yaml.safe_dump([{"path": path, "value": value, "why": "a test"} for path, value in values.items()]))
        site = load_matrix(CHECKOUT / "inventories/matrix.yml", [self.overlay]).site
        account = {"username": USER, "password": PASSWORD}
        specs = {key: {**simulator_spec(site, vcenter), **account} for key, vcenter in site.vcenters.items()}
        self.vcenters = [VCenter(key, spec, folder / key, binary, certificate, ports[key]) for key, spec in specs.items()]
        self.secrets = {f"GROUNDWORK_SECRET_{key.upper().replace('-', '_')}_{name.upper()}": value for key in specs for name, value in account.items()}

    def plan(self, *options: str, secrets: bool = True) -> str:
        argv = [str(Path(sys.executable).parent / "ansible-playbook"), "playbooks/plan.yml", "-i", "inventories/prod", *options]
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "GROUNDWORK_MATRIX_OVERLAY": str(self.overlay), **(self.secrets if secrets else {})}
        done = subprocess.run(argv, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def production(tmp_path: Path, binary: Path, certificate: tuple[Path, Path]) -> Iterator[Production]:
    with reserved(2) as (a, b):
        found = Production(tmp_path, binary, certificate, {"vcenter-a": a, "vcenter-b": b})
        try:
            for vcenter in found.vcenters:
                vcenter.start()
            yield found
        finally:
            for vcenter in found.vcenters:
                vcenter.stop()


def test_plan_reasons_and_losses_live_and_offline(production: Production, tmp_path: Path) -> None:
    recorded, live, offline = (tmp_path / name for name in ("vcenters.json", "live.json", "offline.json"))
    shown = production.plan("-e", f"vcenters_file={recorded}", "-e", f"plan_file={live}")
    assert sum(vcenter.mutations() for vcenter in production.vcenters) == 0
    for vcenter in production.vcenters:
        vcenter.stop()
    again = production.plan("-e", f"placement_record={recorded}", "-e", f"plan_file={offline}", secrets=False)
    for text in (shown, again):
        assert text.count("+ create, does not exist") == 3
        assert text.count("majority kept in prod (2 of 3)") == 3
        assert "could live nowhere else" in text
    assert json.loads(offline.read_text()) == json.loads(live.read_text())
    plan = json.loads(live.read_text())
    assert set(plan["n_plus_1"]) == set(plan["utilisation"])
