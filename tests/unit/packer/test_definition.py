# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Packer definition parses, makes what the check of templates wants, and leaves no login behind."""

from __future__ import annotations

import json
import re
import typing as t

import hcl2
import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.template import LABEL, Expected, Template, judge
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.compatibility import GUEST_IDS

from tests.support.packer import FOLDER, answers

Parsed = dict[str, t.Any]


def plain(value: t.Any) -> t.Any:
    """What python-hcl2 gives, without the quotation marks of strings and its notes of comments."""
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value[1:-1] if isinstance(value, str) and value[:1] == value[-1:] == '"' else value


@pytest.fixture(scope="module")
def definition() -> Parsed:
    merged: Parsed = {}
    for file in sorted(FOLDER.glob("*.pkr.hcl")):
        with file.open(encoding="utf-8") as text:
            for kind, blocks in plain(hcl2.load(text)).items():
                merged.setdefault(kind, []).extend(blocks)
    return merged


@pytest.fixture(scope="module")
def source(definition: Parsed) -> Parsed:
    (block,) = definition["source"]
    found: Parsed = block["vsphere-iso"]["ubuntu"]
    return found


@pytest.fixture(scope="module")
def variables(definition: Parsed) -> Parsed:
    return {name: body for block in definition["variable"] for name, body in block.items()}


def test_every_variable_is_declared_described_and_used(variables: Parsed) -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("*.pkr.hcl"))
    assert set(re.findall(r"\bvar\.(\w+)", text)) == set(variables)
    assert all(body.get("description") for body in variables.values())


def test_the_readme_names_what_has_to_be_given(variables: Parsed) -> None:
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    wanted = [name for name, body in variables.items() if "default" not in body]
    assert [name for name in wanted if not re.search(rf"^{name} +=|PKR_VAR_{name}=", readme, re.MULTILINE)] == []


def test_secrets_are_variables_that_packer_does_not_show(source: Parsed, variables: Parsed) -> None:
    assert (source["username"], source["password"]) == ("${var.username}", "${var.password}")
    assert all(variables[name]["sensitive"] is True and "default" not in variables[name] for name in ("username", "password"))
    assert source["insecure_connection"] is False


def test_what_it_builds_passes_the_check(definition: Parsed, source: Parsed, variables: Parsed) -> None:
    (local,) = definition["locals"]
    assert source["configuration_parameters"] == {LABEL: "${jsonencode(local.label)}"}
    disks, cards = source["storage"], source["network_adapters"]
    assert (len(disks), disks[0]["disk_size"], disks[0]["disk_thin_provisioned"]) == (1, "${var.disk_gb * 1024}", True)
    built = Template(source["guest_os_type"], 14, variables["disk_gb"]["default"], len(cards), tools=1, label=local["label"])
    assert judge("template", built, Expected("ubuntu-24.04", GUEST_IDS["ubuntu-24.04"], hardware=14, disk_gb=100)) == []
    assert source["vm_version"] == "${var.hardware_version}", "each vCenter has its own"
    assert source["convert_to_template"] is True
    assert (source["firmware"], cards[0]["network_card"]) == ("efi", "vmxnet3")


def test_the_datasource_inside_is_the_one_on_the_label(definition: Parsed) -> None:
    seal = (FOLDER / "seal.sh").read_text(encoding="utf-8")
    assert f"datasource_list: [{definition['locals'][0]['label']['datasource']}, None]" in seal
    for own in ("cloud-init clean", "--machine-id", "ssh_host_*_key", "*installer*"):
        assert own in seal


def test_the_answers_install_tools_and_no_password() -> None:
    said = answers()
    assert said["version"] == 1
    assert {"open-vm-tools", "cloud-init", "python3"} <= set(said["packages"])
    assert "identity" not in said, "it would want a password"
    assert said["ssh"] == {"install-server": True, "allow-pw": False}
    (user,) = said["user-data"]["users"]
    assert (user["lock_passwd"], user["ssh_authorized_keys"]) == (True, ["ssh-ed25519 AAAA build"])
    assert said["network"]["ethernets"]["primary"] == {"match": {"name": "e*"}, "dhcp4": True}


def test_the_builds_user_is_the_one_of_the_answers_and_goes_at_the_end(source: Parsed) -> None:
    (user,) = answers()["user-data"]["users"]
    assert source["ssh_username"] == user["name"]
    assert f"userdel --force --remove {user['name']}" in source["shutdown_command"]
    assert source["cd_label"] == "cidata", "the installer looks for this name"
    assert set(source["cd_content"]) == {"meta-data", "user-data"}


def test_a_static_network_for_the_build() -> None:
    network = {"addresses": ["192.0.2.250/24"], "routes": [{"to": "default", "via": "192.0.2.1"}]}
    assert answers(network)["network"]["ethernets"]["primary"] == {"match": {"name": "e*"}, **json.loads(json.dumps(network))}
