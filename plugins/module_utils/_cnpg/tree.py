# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of a cluster that Git owns, written where Git has it: as a patch in the tree's folder of the owner's patches."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import guards
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import classify
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import present, setting
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object, Problem, at, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome, refusals
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import application_of

try:
    import yaml
except ImportError:  # comes with the Kubernetes client, which the module asks for first
    HAS_YAML = False
else:
    HAS_YAML = True


def rendered(session: Session, wanted: Object, path: str, most: Effect, unsafe_reason: str) -> Outcome:
    """Write the patch, once it is known that a running cluster takes it. One that Git does not own is changed as ever."""
    live = session.cluster()
    if live is None or not application_of(live):
        return present(session, wanted, most, unsafe_reason)
    file = Path(path).expanduser()
    after = overlaid(live["spec"], wanted["spec"])
    require(guards.faults(session.name, after, at(wanted, "metadata", "annotations") or {}, unsafe_reason))
    require(_place(file))
    changes = classify(live["spec"], after, setting(session, live, after))
    require(refusals(changes, most))
    text = str(yaml.safe_dump(wanted, sort_keys=True, width=1000))
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    if text != before and not session.check_mode:
        _write(file, text)
    session.warn(f"nothing was changed in the cluster: commit {file}, and Argo CD brings it" if text != before else "")
    return Outcome(text != before, live, {**live, "spec": after}, changes, more={"rendered": str(file)})


def _place(file: Path) -> list[Problem]:
    if file.parent.name != "patches" or file.suffix != ".yaml":
        remedy = "name a .yaml file in kubernetes/environments/<env>/plugin-barman-cloud/patches/ of the clone"
        return [Problem("gitops_path", f"{file} is not where the tree has patches", remedy)]
    if not HAS_YAML:
        return [Problem("gitops_path", "the module's Python lacks PyYAML", "pip install PyYAML")]
    return []


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".")
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(text)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(file)
