# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in of the SOPS operator against a real API server and the real sops: what 0020 says that it does, and what component_info says of it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.look import Looker, Site
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.model import Component, Probe, Verdict

from lab.twin import artefacts
from lab.twin.golang import find
from lab.twin.paths import CHECKOUT
from tests.support.apiserver import Api

Object = dict[str, Any]
API = "isindir.github.com/v1alpha3"
FOLDER = CHECKOUT / "lab" / "sops-operator"
SUFFIX = "Templates"


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled as its recipe does, without the image."""
    program = tmp_path_factory.mktemp("operator") / "operator"
    flags = ["-mod=readonly", "-trimpath", "-buildvcs=false"]
    subprocess.run([find(), "build", *flags, "-o", program, "."], cwd=FOLDER, check=True, env={**os.environ, "CGO_ENABLED": "0"})
    return program


@dataclass
class Place:
    """A namespace with the operator's key, and who encrypts for it."""

    api: Api
    namespace: str
    folder: Path
    recipient: str
    operator: Path

    def encrypted(self, name: str, recipient: str = "", **data: str) -> Object:
        document = {
            "apiVersion": API,
            "kind": "SopsSecret",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {"secretTemplates": [{"name": name, "labels": {"from": "tree"}, "stringData": data}]},
        }
        file = self.folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump(document))
        sops = artefacts.build("sops") / "sops"
        arguments = ["encrypt", "--in-place", "--encrypted-suffix", SUFFIX, "--age", recipient or self.recipient, file]
        subprocess.run([str(part) for part in (sops, *arguments)], check=True, cwd=self.folder)
        found: Object = yaml.safe_load(file.read_text())
        assert not any(value in file.read_text() for value in data.values())
        return found

    def apply(self, document: Object) -> None:
        self.api.kube().apply(document, "argocd-controller", force=True)

    def secret(self, name: str) -> dict[str, str] | None:
        found = self.api.kube().get(Reference("v1", "Secret", name, self.namespace))
        return {key: base64.b64decode(value).decode() for key, value in found["data"].items()} if found else None

    def message(self, name: str) -> str:
        found = self.api.kube().get(Reference(API, "SopsSecret", name, self.namespace)) or {}
        return str(found.get("status", {}).get("message", ""))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        host, port = self.api.url.removeprefix("https://").split(":")
        where = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port, "SOPS_AGE_KEY_FILE": str(self.folder / "key.txt")}
        path = f"{artefacts.build('sops')}:{os.environ['PATH']}"
        with subprocess.Popen([self.operator, "-account", self.folder], env={**where, "PATH": path}, stderr=subprocess.DEVNULL) as process:
            try:
                yield
            finally:
                process.kill()


@pytest.fixture
def place(api: Api, namespace: str, tmp_path: Path, operator: Path) -> Place:
    kube = api.kube()
    crd = next(document for document in yaml.safe_load_all((FOLDER / "chart/templates/all.yaml").read_text().partition("---")[0]) if document)
    kube.apply(crd, "test", force=True)
    until(lambda: kube.serves(API, "SopsSecret"), "the kind")
    subprocess.run(["age-keygen", "--output", tmp_path / "key.txt"], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", tmp_path / "key.txt"], check=True, capture_output=True, text=True).stdout.strip()
    (tmp_path / "token").write_text(api.token)
    (tmp_path / "ca.crt").write_bytes(api.ca.read_bytes())
    return Place(api, namespace, tmp_path, public, operator)


def until(look: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 300
    while not look():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.5)


def test_secrets_come_change_come_back_and_say_what_is_wrong(place: Place) -> None:
    with place.running():
        place.apply(place.encrypted("a", ADMIN_TOKEN="planted-one"))
        until(lambda: place.secret("a") == {"ADMIN_TOKEN": "planted-one"}, "the Secret")
        until(lambda: place.message("a") == "Healthy", "the word Healthy")

        place.apply(place.encrypted("a", ADMIN_TOKEN="planted-two"))
        until(lambda: place.secret("a") == {"ADMIN_TOKEN": "planted-two"}, "the change")

        place.api.kube().delete(Reference("v1", "Secret", "a", place.namespace))
        until(lambda: place.secret("a") is not None, "the Secret that was removed")
        found = place.api.kube().get(Reference("v1", "Secret", "a", place.namespace)) or {}
        assert [owner["kind"] for owner in found["metadata"]["ownerReferences"]] == ["SopsSecret"]
        assert found["metadata"]["labels"] == {"from": "tree"}

        subprocess.run(["age-keygen", "--output", place.folder / "other.txt"], check=True, capture_output=True)
        other = subprocess.run(["age-keygen", "-y", place.folder / "other.txt"], check=True, capture_output=True, text=True).stdout.strip()
        place.apply(place.encrypted("b", other, ADMIN_TOKEN="planted-three"))
        until(lambda: place.message("b").startswith("Decryption error"), "the complaint")
        assert "planted" not in place.message("b")
        assert place.secret("b") is None


def test_component_info_tells_what_was_decrypted_from_what_was_not(place: Place) -> None:
    place.apply(place.encrypted("c", ADMIN_TOKEN="planted-four"))
    probe = Probe("secrets", api_version=API)
    looker = Looker(place.api.kube(), Site())

    def verdict() -> Verdict:
        return looker._secrets(Component("sops-secrets-operator", "gitops", place.namespace), probe)

    assert f"{place.namespace}/c has become 0 of 1 Secrets" in verdict().text
    with place.running():
        until(lambda: place.secret("c") is not None, "the Secret")
    assert "/c " not in verdict().text


def test_a_suspended_object_is_left_alone(place: Place) -> None:
    document = place.encrypted("d", ADMIN_TOKEN="planted-five")
    document["spec"]["suspend"] = True
    marker = place.encrypted("e", ADMIN_TOKEN="planted-six")
    with place.running():
        place.apply(document)
        place.apply(marker)
        until(lambda: place.secret("e") is not None, "the Secret beside it")
        assert place.secret("d") is None
    assert json.dumps(document).count("planted") == 0
