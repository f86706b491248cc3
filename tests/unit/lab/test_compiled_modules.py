# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What a twin's hosts keep of modules that came in zip archives."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from lab.twin.artefacts import LAB

FILES = LAB / "guest/files/usr/lib/python3/dist-packages"
RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import compiled_modules
compiled_modules.FOLDER = sys.argv[3]
sys.path.insert(0, sys.argv[2])
import sent
print(sent.text)
"""


def run(folder: Path, text: str, kept: str = "kept") -> str:
    """Import a module that says ``text`` from an archive."""
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr("sent.py", f"text = {text!r}\n")
    argv = [sys.executable, "-c", RUN, str(FILES), str(folder / "archive.zip"), str(folder / kept)]
    return subprocess.run(argv, check=True, capture_output=True, text=True, env={}).stdout.strip()


def sources(folder: Path) -> list[Path]:
    """What is kept."""
    return sorted((folder / "kept").glob("*/*.py"))


def test_the_same_source_is_compiled_once_and_another_one_again(tmp_path: Path) -> None:
    assert run(tmp_path, "one") == "one"
    (first,) = sources(tmp_path)
    (compiled,) = first.parent.glob("__pycache__/*")
    written = compiled.stat().st_mtime_ns
    assert run(tmp_path, "one") == "one"
    assert compiled.stat().st_mtime_ns == written
    assert run(tmp_path, "two") == "two"
    assert len(sources(tmp_path)) == 2


def test_what_cannot_be_kept_or_read_is_compiled(tmp_path: Path) -> None:
    assert run(tmp_path, "one") == "one"
    (first,) = sources(tmp_path)
    first.write_bytes(b"torn (")
    assert run(tmp_path, "one") == "one"
    (tmp_path / "file").write_text("")
    assert run(tmp_path, "one", kept="file") == "one"
