# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One real S3 server for the tests of this folder, and modules run as Ansible runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.objectstore import Store, running

TREE = str(Path(__file__).parents[3] / ".build/collections")
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running(tmp_path_factory.mktemp("s3") / "server") as found:
        yield found


@pytest.fixture
def run(store: Store) -> Run:
    """``run(module, check=False, **arguments)``: its result."""

    def module(called: str, /, check: bool = False, **arguments: Any) -> dict[str, Any]:
        given = {"ANSIBLE_MODULE_ARGS": {**store.arguments, **arguments, "_ansible_check_mode": check}}
        target = f"ansible_collections.groundwork.platform.plugins.modules.{called}"
        code = f"import sys; from ansible.module_utils import basic; basic._ANSIBLE_PROFILE = 'legacy'; from {target} import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code], input=json.dumps(given), capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": TREE}
        )
        assert done.stdout, done.stderr[-2000:]
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert store.place.secret_key not in done.stdout.replace(json.dumps(answer.get("invocation", {})), "")
        return answer

    return module
