# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What roles install on hosts of a twin is in their image or in the twin's package mirror."""

from __future__ import annotations

import pytest
import yaml

from lab.twin.paths import CHECKOUT

ROLES = CHECKOUT / "roles"
#: What packages of the image depend on: openssh-server.
BY_DEPENDENCY = {"openssh-client"}


def listed(name: str) -> set[str]:
    return {line for line in (CHECKOUT / "lab" / "guest" / name).read_text("utf-8").splitlines() if line and not line.startswith("#")}


@pytest.mark.parametrize(
    ("file", "key"), [("management/defaults/main.yml", "management_packages"), ("api_vip/vars/main.yml", "_api_vip_packages")], ids=["management", "api_vip"]
)
def test_a_host_of_the_twin_can_install_it(file: str, key: str) -> None:
    wanted = set(yaml.safe_load((ROLES / file).read_text("utf-8"))[key])
    assert wanted <= listed("packages.txt") | listed("repository.txt") | BY_DEPENDENCY


def test_pip_finds_what_it_needs_on_the_management_machine() -> None:
    """The module ansible.builtin.pip imports packaging, which a bare Debian does not have; the specification says the same list as the defaults."""
    defaults = yaml.safe_load((ROLES / "management/defaults/main.yml").read_text("utf-8"))
    specification = yaml.safe_load((ROLES / "management/meta/argument_specs.yml").read_text("utf-8"))
    packages = defaults["management_packages"]
    assert {"python3-packaging", "python3-venv"} <= set(packages)
    assert specification["argument_specs"]["main"]["options"]["management_packages"]["default"] == packages
