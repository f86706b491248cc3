# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installer's answers as Packer would write them."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[2] / "packer" / "ubuntu-24.04"
NETWORK = re.compile(r"\$\{jsonencode\(merge\((?P<match>.*), network\)\)\}")


def answers(network: t.Mapping[str, t.Any] | None = None) -> dict[str, t.Any]:
    """The key ``autoinstall`` of user-data, with what Packer fills in; fails for an expression that is not known here."""
    text = (FOLDER / "user-data.pkrtpl").read_text(encoding="utf-8")
    assert text.startswith("#cloud-config\n"), "the installer reads nothing else"
    primary = {"match": {"name": "e*"}, **(network or {"dhcp4": True})}
    found = NETWORK.search(text)
    assert found is not None
    assert found["match"] == '{ match = { name = "e*" } }'
    text = NETWORK.sub(json.dumps(primary), text).replace("${public_key}", "ssh-ed25519 AAAA build")
    assert "${" not in text
    parsed: dict[str, t.Any] = yaml.safe_load(text)
    autoinstall: dict[str, t.Any] = parsed["autoinstall"]
    return autoinstall
