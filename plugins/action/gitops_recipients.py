# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of gitops_recipients: everything happens here, nothing on a host."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import read_tree
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.ownership import stamp
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.recipients import Rotation, readers, rotated, rotations
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.secrets import sops_rules
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import dump
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.tree import SOPS
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import PYDANTIC_ERROR
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded, load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems

Problems = list[str]


class ActionModule(ActionBase):
    """Compares who can read with who should, tries every file, and only then encrypts anew."""

    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset({"path", "matrix", "overlays"})

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What was encrypted anew, or everything that stands against it."""
        super().run(tmp, task_vars)
        if PYDANTIC_ERROR is not None:
            return {"failed": True, "msg": "the Python that runs Ansible lacks pydantic; install it: pip install 'pydantic>=2'"}
        root = Path(str(self._task.args["path"])).expanduser()
        if not (root / ".git").exists():
            return {"failed": True, "msg": f"{root} is no clone of a Git repository; clone git.repository of the matrix there first"}
        try:
            loaded = load_matrix(str(self._task.args["matrix"]), self._task.args.get("overlays") or [])
            before = read_tree(root)
            recipients = Inputs(loaded, Catalogue(), before).recipients
            wanted = [*(_in(root, rotation) for rotation in rotations(before, recipients)), *_site_secrets(loaded)]
            problems = _untold(wanted)
            rules = stamp(SOPS, dump(sops_rules(recipients)))
            if not problems and not self._task.check_mode:
                if before.get(SOPS) != rules:
                    (root / SOPS).write_text(rules, "utf-8")
                problems = [told for rotation in wanted if (told := _sops(rotation.arguments(), rotation.path))]
        except MatrixProblems as problem:
            return {"failed": True, "msg": str(problem)}
        except OSError as problem:
            return {"failed": True, "msg": f"{problem.filename or root}: {problem.strerror}"}
        if problems:
            return {"failed": True, "msg": "\n".join(problems)}
        files = [{"path": rotation.path, "add": list(rotation.add), "remove": list(rotation.remove)} for rotation in wanted]
        return {"changed": bool(wanted) or before.get(SOPS) != rules, "files": files}


def _in(root: Path, rotation: Rotation) -> Rotation:
    return Rotation(str(root / rotation.path), rotation.add, rotation.remove)


def _site_secrets(loaded: Loaded) -> list[Rotation]:
    """The site's own secrets file, which only people read."""
    path = Path(str(loaded.secrets_file))
    people = loaded.matrix.secrets.age_recipients or []
    given = readers(path.read_text("utf-8")) if path.is_file() else set()
    return list(rotated(str(path), given, people)) if given and people else []


def _untold(wanted: list[Rotation]) -> Problems:
    """Why files could not be decrypted here: nothing is touched before all of them can."""
    if wanted and shutil.which("sops") is None:
        return ["the program sops is not in PATH; install it"]
    return [told for rotation in wanted if (told := _sops(["decrypt"], rotation.path))]


def _sops(arguments: list[str], path: str) -> str:
    """Run sops on a file, from its folder; what went wrong, empty for nothing. Its output is plain text, and goes nowhere."""
    done = subprocess.run(["sops", *arguments, path], cwd=Path(path).parent, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    said = next((line for line in done.stderr.splitlines() if line.strip()), f"exit code {done.returncode}")
    remedy = "have a key in SOPS_AGE_KEY_FILE that opens it, such as the one that is being replaced"
    return f"{path}: sops {arguments[0]} failed: {said}; {remedy}"
