# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server with the real CRDs of CloudNativePG and its Barman plugin."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import subprocess
import sys
import typing as t
from collections.abc import Iterator

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.arguments import OPTIONS, carried_out
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.execution import Ran
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Patience
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

from lab.twin import artefacts
from tests.support.apiserver import Api, api_server
from tests.support.cnpg_double import Operator

NUMBERS = itertools.count(1)
IMAGE = "registry.example.org/postgresql:17.6"
SPEC: Object = {"instances": 3, "imageName": IMAGE, "storage": {"size": "1Gi"}}


@pytest.fixture(scope="session")
def crds() -> list[Object]:
    """The CRDs as they come out of the operator's and the plugin's modules."""
    files = sorted(artefacts.build("crds").glob("*.yaml"))
    return [yaml.safe_load(file.read_text("utf-8")) for file in files]


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory, crds: list[Object]) -> Iterator[Api]:
    """With the CRDs served."""
    with api_server(tmp_path_factory.mktemp("api")) as running:
        kube = running.kube()
        for crd in crds:
            kube.apply({key: value for key, value in crd.items() if key != "status"}, "test")
        session = Session(kube, "", "", patience=Patience(timeout=180))
        for group, version, kind in ((crd["spec"]["group"], crd["spec"]["versions"][0]["name"], crd["spec"]["names"]["kind"]) for crd in crds):
            session.until(kind, functools.partial(kube.serves, f"{group}/{version}", kind), 0.2)
        yield running


@pytest.fixture
def namespace(api: Api) -> str:
    """One for each test."""
    name = f"test-{next(NUMBERS)}"
    api.kube().apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "test")
    return name


@pytest.fixture
def operator(api: Api, namespace: str) -> Iterator[Operator]:
    """Somebody who carries changes out."""
    with Operator(api.kube(), namespace) as running:
        yield running


class Cluster:
    """The module without its shell: options in, outcome out."""

    def __init__(self, api: Api, namespace: str, name: str = "shop") -> None:
        self.session = Session(api.kube(), namespace, name, patience=Patience(timeout=180, stable=0.5))

    def do(self, state: str = "present", *, check: bool = False, **options: t.Any) -> Outcome:
        """One state, with the module's own defaults."""
        defaults = {key: option.get("default") for key, option in OPTIONS.items()}
        self.session.check_mode = check
        params = {**defaults, "name": self.session.name, "namespace": self.session.namespace, "state": state, **options}
        return carried_out(self.session, params, self.run)

    def run(self, _namespace: str, _pod: str, _container: str, argv: t.Sequence[str]) -> Ran:
        """There is no PostgreSQL here: replicas that are up to date, an archive that has everything, and nothing else."""
        name, segment = self.session.name, "000000010000000000000007"
        replicas = "\n".join(f"{name}-{number}|streaming|0" for number in (1, 2, 3))
        answers = {"pg_stat_replication": replicas, "pg_create_restore_point": segment, "pg_switch_wal": "0/7000000", "pg_stat_archiver": segment}
        found = next((answer for part, answer in answers.items() if part in argv[-1]), None)
        return Ran(1, "", "no PostgreSQL here") if found is None else Ran(0, found, "")


@pytest.fixture
def cluster(api: Api, namespace: str, operator: Operator) -> Cluster:
    """With an operator at work."""
    assert operator.phase
    return Cluster(api, namespace)


def live(cluster: Cluster) -> Object:
    """As the API server has it."""
    return cluster.session.existing()


def with_spec(**changes: t.Any) -> Object:
    """The definition with fields changed."""
    return {**copy.deepcopy(SPEC), **changes}


#: The module as Ansible runs it, and how much memory it took. Not by getrusage, whose maximum starts with that of whoever called exec.
RUN = """
import runpy, sys
try:
    runpy.run_module(sys.argv.pop(1), run_name="__main__")
finally:
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(status["VmHWM"].removesuffix("kB\\n"), file=sys.stderr)
"""


def run(api: Api, options: Object, check: bool = False, diff: bool = False, module: str = "cnpg_cluster") -> Object:
    """JSON in, JSON out."""
    arguments = {**options, "kubeconfig": str(api.kubeconfig), "context": api.context, "_ansible_check_mode": check, "_ansible_diff": diff}
    name = f"ansible_collections.groundwork.platform.plugins.modules.{module}"
    given = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
    environment = {"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", RUN, name], input=given, capture_output=True, text=True, check=False, env=environment)
    assert done.stdout, done.stderr
    found: Object = json.loads(done.stdout)
    return {**found, "memory_kb": int(done.stderr.split()[-1])}
