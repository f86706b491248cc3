# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources for the scenario: a wheel with one module, a program, and a Git repository with one commit."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

ROOT = Path("/srv/sources")
METADATA = "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: scenario\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
FILES = {"probe.py": "ANSWER = 42\n", "probe-1.0.dist-info/METADATA": METADATA, "probe-1.0.dist-info/WHEEL": WHEEL}


def main() -> None:
    """Write them all; the repository last, which says that all is there."""
    ROOT.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(ROOT / "probe-1.0-py3-none-any.whl", "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
        archive.writestr("probe-1.0.dist-info/RECORD", "".join(f"{name},,\n" for name in (*FILES, "probe-1.0.dist-info/RECORD")))
    (ROOT / "program").write_text("#!/bin/sh\necho program 1.0\n", encoding="utf-8")
    work = ROOT / "work"
    work.mkdir(exist_ok=True)
    (work / "matrix.yml").write_text("schema_version: 1\n", encoding="utf-8")
    git = ("git", "-C", str(work), "-c", "user.name=scenario", "-c", "user.email=scenario@twin.test")
    subprocess.run([*git, "init", "--quiet", "--initial-branch", "main"], check=True)
    subprocess.run([*git, "add", "matrix.yml"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "site"], check=True)
    subprocess.run(["git", "clone", "--quiet", "--bare", str(work), str(ROOT / "site.git")], check=True)
    subprocess.run(["chown", "--recursive", "ansible:", str(ROOT / "site.git")], check=True)  # git reads nobody else's repository


if __name__ == "__main__":
    main()
