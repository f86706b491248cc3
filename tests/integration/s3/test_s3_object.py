# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module s3_object against a real S3 server, which checks signatures."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.twin import keys
from lab.twin.artefacts import build
from tests.support.ports import reserved

CHECKOUT = Path(__file__).parents[3]
ACCESS, SECRET = "records", "Pl4nted-s3-secret-key"
Run = Callable[..., dict[str, Any]]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Arguments of a bucket that is there."""
    folder = tmp_path_factory.mktemp("s3")
    authority = keys.Authority("test")
    authority.write(folder / "ca.pem")
    authority.issue("localhost", folder)
    (folder / "buckets/platform").mkdir(parents=True)
    (folder / "names").mkdir()
    with reserved() as (port,):
        argv = [build("s3") / "versitygw", "--cert", folder / "cert.pem", "--key", folder / "key.pem", "--port", f"127.0.0.1:{port}"]
        served = ["posix", "--sidecar", folder / "names", folder / "buckets"]
        with (folder / "log").open("wb") as log:
            account = {**os.environ, "ROOT_ACCESS_KEY": ACCESS, "ROOT_SECRET_KEY": SECRET}
            process = subprocess.Popen([str(part) for part in (*argv, *served)], stdout=log, stderr=log, env=account)
        try:
            deadline = time.monotonic() + 180
            while not answers(port):
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.05)
            where = {"endpoint": f"localhost:{port}", "bucket": "platform", "access_key": ACCESS, "secret_key": SECRET}
            yield {**where, "ca": (folder / "ca.pem").read_text(), "folder": folder}
        finally:
            process.terminate()
            process.wait(120)


@pytest.fixture
def run(server: dict[str, Any], tmp_path: Path) -> Run:
    """Runs the module on a file with a content."""

    def once(content: str, **changes: Any) -> dict[str, Any]:
        (tmp_path / "record.json").write_text(content)
        arguments = {key: value for key, value in server.items() if key != "folder"}
        arguments |= {"src": str(tmp_path / "record.json"), "key": "placements/site/record.json", **changes}
        (tmp_path / "arguments.json").write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
        argv = [sys.executable, str(CHECKOUT / "plugins/modules/s3_object.py"), str(tmp_path / "arguments.json")]
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT / ".build/collections")}
        done = subprocess.run(argv, capture_output=True, text=True, env=environment, check=False)
        assert SECRET not in done.stdout + done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    return once


def test_a_file_is_kept_once_and_replaced_by_another(run: Run, server: dict[str, Any]) -> None:
    kept = server["folder"] / "buckets/platform/placements/site/record.json"
    checked = run("first", _ansible_check_mode=True)
    assert (checked["changed"], kept.exists()) == (True, False)
    assert run("first")["changed"]
    assert kept.read_text() == "first"
    assert not run("first")["changed"]
    assert run("second")["changed"]
    assert kept.read_text() == "second"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret_key": "wrong"}, "refuses the account or its keys"),
        ({"bucket": "nowhere"}, "has no bucket nowhere"),
        ({"ca": ""}, "its certificate is not trusted"),
        ({"endpoint": "localhost:1"}, "does not answer"),
        ({"src": "/nonexistent/record.json"}, "/nonexistent/record.json: No such file"),
    ],
)
def test_refusals(run: Run, changes: dict[str, str], reason: str) -> None:
    result = run("first", **changes)
    assert result["failed"]
    assert reason in result["msg"]


@pytest.mark.parametrize(("secret", "said"), [(SECRET, ""), ("wrong", "refuses the account or its keys")])
def test_the_record_of_a_placement_goes_there_and_its_failure_is_only_told(secret: str, said: str, server: dict[str, Any], tmp_path: Path) -> None:
    """tasks/place_record.yml, as site.yml and resize.yml play it."""
    name = f"20261122T080000.000000Z-{len(said)}.json"
    (tmp_path / name).write_text("{}")
    bucket = {"endpoint": server["endpoint"], "bucket": "platform", "folder": "dev", "region": "us-east-1", "ca_file": str(server["folder"] / "ca.pem")}
    variables = {
        "groundwork_site": {"id": "eneg"},
        "place_done": {"record": str(tmp_path / name)},
        "k3s_snapshot_s3": bucket,
        "k3s_snapshot_s3_access_key": ACCESS,
        "k3s_snapshot_s3_secret_key": secret,
    }
    tasks = [{"ansible.builtin.include_tasks": str(CHECKOUT / "playbooks/tasks/place_record.yml")}]
    (tmp_path / "play.json").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}]))
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-c", "local", "-i", "localhost,", str(tmp_path / "play.json"), "-vvv"]
    done = subprocess.run(
        [*argv, "-e", f"ansible_python_interpreter={sys.executable}"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )
    assert done.returncode == 0, done.stdout
    assert SECRET not in done.stdout + done.stderr
    assert ("[WARNING]" in done.stdout and said in done.stdout) == bool(said)
    assert (server["folder"] / "buckets/platform/placements/eneg" / name).exists() == (not said)
