# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""hand_over.yml as a whole: the tree from a real Git server over SSH, the vendor's files from a mirror, a real API server.

The test plays Argo CD and the controllers, in a thread: it rolls workloads out, and applies from Git what the bootstrap has applied.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.module_utils._argocd import decide as d
from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference

from lab.twin import artefacts, keys
from lab.twin.paths import CHECKOUT
from lab.twin.platform import SCHEDULE
from tests.support.apiserver import Api, api_server

Object = dict[str, Any]
#: A release of the catalogue without a digest, so that the file can be ours.
VERSION = "v3.5.8"
HEALTHY = {"status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}}}
WORKLOADS = {
    "argocd-server": "Deployment",
    "argocd-repo-server": "Deployment",
    "argocd-redis": "Deployment",
    "argocd-dex-server": "Deployment",
    "argocd-notifications-controller": "Deployment",
    "argocd-applicationset-controller": "Deployment",
    "argocd-application-controller": "StatefulSet",
}
CONTAINERS = {
    "argocd-dex-server": ("dex", "copyutil"),
    "argocd-redis": ("redis", "secret-init"),
}


def crd(plural: str, kind: str) -> Object:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": "argoproj.io", "scope": "Namespaced", "names": {"plural": plural, "kind": kind}, "versions": [version]}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.argoproj.io"}, "spec": spec}


def workload(name: str, kind: str) -> Object:
    first, *more = CONTAINERS.get(name, (name,))
    labels = {"app.kubernetes.io/name": name}
    containers = [{"name": first, "image": f"quay.io/argoproj/argocd:{VERSION}", "imagePullPolicy": "Always"}]
    inits = [{"name": other, "image": f"quay.io/argoproj/argocd:{VERSION}", "imagePullPolicy": "Always"} for other in more]
    pod = {"containers": containers, **({"initContainers": inits} if inits else {})}
    spec: Object = {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {**spec, **({"serviceName": name} if kind == "StatefulSet" else {})}}


def config(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"ssh_known_hosts": "somebody else"}}


VENDOR = [
    *(crd(plural, kind) for plural, kind in (("applications", "Application"), ("applicationsets", "ApplicationSet"), ("appprojects", "AppProject"))),
    *(config(name) for name in ("argocd-cm", "argocd-cmd-params-cm", "argocd-ssh-known-hosts-cm")),
    *(workload(name, kind) for name, kind in WORKLOADS.items()),
]


class Site:
    """A site of one component: its Git server, mirror, keys and cluster, and the operator who runs playbooks."""

    def __init__(self, folder: Path, api: Api, mirror: str, git_port: int) -> None:
        self.folder, self.api = folder, api
        self.url = f"ssh://git@127.0.0.1:{git_port}/clusters.git"
        self.key = (folder / "deploy_key").read_text()
        host_key = " ".join((folder / "host_key.pub").read_text().split()[:2])
        git = {
            "repository": self.url,
            "recipients": {key: f"age1{key}" for key in ("dev", "test", "prod")},
            "known_hosts": [f"[127.0.0.1]:{git_port} {host_key}"],
            "mirror": mirror,
        }
        values = {
            "git": git,
            "k3s.cni": "flannel",
            "components": {"argocd": {"version": VERSION}},
            "applications": {},
            "databases": {},
            "environments.*.databases": {},
            "backup.schedule": SCHEDULE,
            "access.kubeconfig": str(api.kubeconfig),
        }
        (folder / "overlay.yml").write_text(json.dumps([{"path": path, "value": value, "why": "test"} for path, value in values.items()]))

    def play(self, playbook: str, *arguments: str, key: str = "") -> tuple[int, str]:
        command = [sys.executable, "-m", "ansible.cli.playbook", f"groundwork.platform.{playbook}", "-i", str(CHECKOUT / "inventories" / "dev")]
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "collections"),
            "GROUNDWORK_MATRIX_OVERLAY": str(self.folder / "overlay.yml"),
            "GROUNDWORK_SECRET_GIT_DEPLOY_KEY": key or self.key,
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "TMPDIR": str(self.folder / "tmp"),
        }
        servers = ["-e", json.dumps({"k3s_servers": []})]  # nobody locks machines that are not there
        context = ["-e", f"argo_cd_context={self.api.context}", "-e", f"kubeconfig_context={self.api.context}", "-e", "argo_cd_wait=600"]
        done = subprocess.run([*command, *servers, *context, *arguments], capture_output=True, text=True, env=environment, cwd=self.folder, check=False)
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def push(self) -> None:
        clone = self.folder / "clone"
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", clone], check=True)
        code, said = self.play("render", "-e", f"render_path={clone}")
        assert code == 0, said
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", "-C", clone, "add", "--all"], check=True)
        subprocess.run(["git", "-C", clone, *identity, "commit", "--quiet", "-m", "tree"], check=True)
        subprocess.run(["git", "-C", clone, "push", "--quiet", self.folder / "repositories" / "clusters.git", "main"], check=True)


@contextlib.contextmanager
def mirrored(folder: Path) -> Iterator[str]:
    place = folder / "mirror/raw.githubusercontent.com/argoproj/argo-cd" / VERSION / "manifests"
    place.mkdir(parents=True)
    (place / "install.yaml").write_text(yaml.safe_dump_all(VENDOR))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder / "mirror")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


@contextlib.contextmanager
def git_served(folder: Path) -> Iterator[int]:
    for name in ("host_key", "deploy_key"):
        keys.ssh_key_pair(folder / name)
    for name in ("readers", "writers"):
        (folder / name).write_text((folder / "deploy_key.pub").read_text())
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder / "repositories" / "clusters.git"], check=True)
    program = [artefacts.build("git") / "gitserver", "--listen", "127.0.0.1:0", "--host-key", folder / "host_key"]
    program += ["--repositories", folder / "repositories", "--readers", folder / "readers", "--writers", folder / "writers"]
    with subprocess.Popen([str(part) for part in program], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        line = process.stderr.readline()
        try:
            yield int(line.rsplit(":", 1)[1])
        finally:
            process.kill()


class ArgoCd(threading.Thread):
    """One round after another, until it is told to stop."""

    def __init__(self, kube: Kube) -> None:
        super().__init__(daemon=True)
        self.kube = kube
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.5):
            with contextlib.suppress(KubeError):
                self.round()

    def round(self) -> None:
        for name, kind in WORKLOADS.items():
            where = Reference("apps/v1", kind, name, "argocd")
            found = self.kube.get(where)
            if found:
                status = {"observedGeneration": found["metadata"]["generation"], "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1}
                self.kube.patch(where, {"status": status}, "controller", subresource="status")
        if not self.kube.get(Reference("argoproj.io/v1alpha1", "Application", "platform", "argocd")):
            return
        for document in [*VENDOR, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}]:
            live = self.kube.get(Reference(document["apiVersion"], document["kind"], document["metadata"]["name"], "argocd"))
            if live and not d.owns(live, d.ARGO_CD):
                kept = {key: value for key, value in live["metadata"].items() if key in ("name", "namespace", "labels", "annotations")}
                self.kube.apply({**{key: value for key, value in live.items() if key != "status"}, "metadata": kept}, d.ARGO_CD, force=True)
        own = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "argocd", "namespace": "argocd"},
            "spec": {"project": "gitops"},
        }
        self.kube.apply(own, d.ARGO_CD, force=True)
        for name in ("platform", "argocd"):
            self.kube.patch(Reference("argoproj.io/v1alpha1", "Application", name, "argocd"), HEALTHY, "argocd-application-controller")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "tmp").mkdir()
    (folder / "api").mkdir()
    with api_server(folder / "api") as api, mirrored(folder) as mirror, git_served(folder) as port:
        argo = ArgoCd(api.kube())
        argo.start()
        yield Site(folder, api, mirror, port)
        argo.ended.set()
        argo.join()


def namespace(site: Site) -> Object | None:
    return site.api.kube().get(Reference("v1", "Namespace", "argocd"))


def test_a_repository_without_the_tree_is_refused(site: Site) -> None:
    code, said = site.play("hand_over")
    assert code != 0
    assert "cannot be read with the deploy key and the host keys of the matrix" in said
    assert namespace(site) is None


def test_a_wrong_key_is_refused_and_stands_in_no_output(site: Site, tmp_path: Path) -> None:
    site.push()
    keys.ssh_key_pair(tmp_path / "other")
    other = (tmp_path / "other").read_text()
    code, said = site.play("hand_over", "-vvv", key=other)
    assert code != 0
    assert "cannot be read with the deploy key" in said
    assert other.splitlines()[2] not in said
    assert not list((site.folder / "tmp").glob("argo-cd.*"))


def test_a_check_says_what_would_be_done(site: Site) -> None:
    code, said = site.play("hand_over", "--check")
    assert code == 0, said
    assert f"Argo CD {VERSION}: install" in said
    assert namespace(site) is None


def test_the_cluster_is_handed_over_and_a_second_run_changes_nothing(site: Site) -> None:
    code, said = site.play("hand_over")
    assert code == 0, said
    assert f"Argo CD {VERSION}: install" in said
    assert "argocd gitops unproven" in said  # rolled out; nobody can try it from here
    kube = site.api.kube()
    hosts = kube.get(Reference("v1", "ConfigMap", "argocd-ssh-known-hosts-cm", "argocd")) or {}
    assert "[127.0.0.1]" in hosts["data"]["ssh_known_hosts"]
    server = kube.get(Reference("apps/v1", "Deployment", "argocd-server", "argocd")) or {}
    assert server["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == "IfNotPresent"
    assert not d.owns(server, d.BOOTSTRAP)
    for arguments in ((), ("--check",)):
        code, said = site.play("hand_over", *arguments)
        assert code == 0, said
        assert f"Argo CD {VERSION}: keep" in said
        assert "changed=1" not in said
    assert not list((site.folder / "tmp").glob("argo-cd.*")), "no key stays behind"
