# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Velero in a twin, with the twin's S3 server behind it: installed, an application without volumes to save, and backups by the product's template."""

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.objects import velero_schedule
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup

from lab.twin import artefacts
from tests.support.databases import ENDPOINT, Databases, Object
from tests.support.twin import raised

VELERO = "velero"
BUCKET = "k8s-backups-velero"
APP = "planted-app"
#: As lab/velero/build names them.
SERVER, PLUGIN = "docker.io/velero/velero:v1.18.1", "docker.io/velero/velero-plugin-for-aws:v1.14.3"
COREFILE = """\
.:5353 {
    ready
    hosts {
        192.0.2.7 planted.example.org
    }
}
"""


class Velero(Databases):
    """A twin whose cluster runs Velero. What its chart makes elsewhere is written down here: the chart is in no Go module."""

    @property
    def bucket(self) -> Path:
        """The bucket as the S3 server keeps it."""
        return self.twin.paths.object_store / "buckets" / BUCKET

    def install(self) -> None:
        """Images, CRDs, account, server, and the place of the backups, until Velero has seen that it can be used."""
        built = artefacts.build(VELERO)
        self._import(built / "images")
        self.kubectl("apply", "--server-side", "-f", "-", text="\n---\n".join(path.read_text("utf-8") for path in sorted((built / "manifests").glob("*.yaml"))))
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": VELERO}})
        self.apply(*self._objects())
        self.kubectl("-n", VELERO, "rollout", "status", "deployment/velero", "--timeout=150s")
        self.until("the place of the backups to be Available", lambda: self._location()["phase"] == "Available")

    def _location(self) -> Object:
        found: Object = self.get("backupstoragelocations.velero.io", "default", VELERO)["status"]
        return found

    def _objects(self) -> t.Iterator[Object]:
        where = {"namespace": VELERO}
        account = self._account()["stringData"]
        keys = f"[default]\naws_access_key_id={account['ACCESS_KEY_ID']}\naws_secret_access_key={account['SECRET_ACCESS_KEY']}\n"
        values = {"cloud": keys, "ca.crt": account["ca.crt"]}
        yield {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "velero-credentials", **where}, "stringData": values}
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": VELERO, **where}}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
        subjects = [{"kind": "ServiceAccount", "name": VELERO, **where}]
        yield {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": VELERO}, "roleRef": role, "subjects": subjects}
        # The same settings as the catalogue's; the authority beside them, which the matrix's `ca_file` does not reach yet.
        config = {"region": "us-east-1", "s3Url": ENDPOINT, "s3ForcePathStyle": "true", "checksumAlgorithm": ""}
        place = {"bucket": BUCKET, "prefix": "dev", "caCertRef": {"name": "velero-credentials", "key": "ca.crt"}}
        spec = {"provider": "aws", "default": True, "objectStorage": place, "config": config}
        yield {"apiVersion": "velero.io/v1", "kind": "BackupStorageLocation", "metadata": {"name": "default", **where}, "spec": spec}
        yield _server()

    def plant(self, name: str = APP, word: str = "planted") -> None:
        """A namespace with a Deployment that runs, its configuration and a Secret; the image is one that every host has."""
        image = self.get("deployment", "coredns", "kube-system")["spec"]["template"]["spec"]["containers"][0]["image"]
        where, labels = {"namespace": name}, {"app": name}
        container = {
            "name": "app",
            "image": image,
            "imagePullPolicy": "IfNotPresent",
            "args": ["-conf", "/etc/app/Corefile"],
            "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}},
            "volumeMounts": [{"name": "config", "mountPath": "/etc/app"}],
        }
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [container], "volumes": [{"name": "config", "configMap": {"name": "config"}}]}}
        self.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config", **where}, "data": {"Corefile": COREFILE, "word": word}},
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "word", **where}, "stringData": {"word": word}},
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "app", **where},
                "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod},
            },
        )
        self.runs(name)

    def runs(self, name: str = APP) -> None:
        """Until the application is ready."""
        self.kubectl("-n", name, "rollout", "status", "deployment/app", "--timeout=150s")

    def contents(self, name: str = APP) -> tuple[Object, Object]:
        """What the ConfigMap and the Secret hold."""
        return self.get("configmap", "config", name)["data"], self.get("secret", "word", name)["data"]

    def back_up(self, name: str) -> None:
        """A backup now, by the template of the schedule that render.yml writes; it has to be complete."""
        (row,) = table(Backup.model_validate({"schedule": {"objects": {"bucket": BUCKET, "at": "0 4 * * *", "keep": "14d"}}}))
        spec = velero_schedule(row)["spec"]["template"]
        self.apply({"apiVersion": "velero.io/v1", "kind": "Backup", "metadata": {"name": name, "namespace": VELERO}, "spec": spec})
        self.until(f"backup {name} to end", lambda: self._phase(name) not in ("", "New", "Queued", "ReadyToStart", "InProgress", "Finalizing"), 600)
        assert self._phase(name) == "Completed", self.get("backups.velero.io", name, VELERO)["status"]

    def _phase(self, name: str) -> str:
        return str((self.get("backups.velero.io", name, VELERO).get("status") or {}).get("phase") or "")

    def namespaces(self) -> set[str]:
        """Names of all."""
        return {line.removeprefix("namespace/") for line in self.kubectl("get", "namespace", "-o", "name").splitlines()}


def _server() -> Object:
    """The Deployment, as Velero's own installer makes it (pkg/install/deployment.go)."""
    mounts = [{"name": "plugins", "mountPath": "/plugins"}, {"name": "scratch", "mountPath": "/scratch"}]
    named = {"VELERO_SCRATCH_DIR": "/scratch", "VELERO_NAMESPACE": VELERO, "AWS_SHARED_CREDENTIALS_FILE": "/credentials/cloud"}
    server = {
        "name": VELERO,
        "image": SERVER,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/velero"],
        "args": ["server"],
        "env": [{"name": name, "value": value} for name, value in named.items()],
        "volumeMounts": [*mounts, {"name": "credentials", "mountPath": "/credentials"}],
    }
    plugin = {"name": "plugin", "image": PLUGIN, "imagePullPolicy": "IfNotPresent", "volumeMounts": [{"name": "plugins", "mountPath": "/target"}]}
    volumes = [
        {"name": "plugins", "emptyDir": {}},
        {"name": "scratch", "emptyDir": {}},
        {"name": "credentials", "secret": {"secretName": "velero-credentials"}},
    ]
    pod = {"serviceAccountName": VELERO, "initContainers": [plugin], "containers": [server], "volumes": volumes}
    labels = {"deploy": VELERO}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": VELERO, "namespace": VELERO}, "spec": spec}


@contextlib.contextmanager
def velero(name: str) -> t.Iterator[Velero]:
    """A twin of dev with the buckets of its matrix, and Velero."""
    with raised(name, "inventories/dev") as twin:
        for playbook in (("site.yml",), ("playbooks/backup.yml", "--tags", "buckets")):
            done = twin.playbook(*playbook)
            assert done.status == 0, done.tail
        found = Velero(twin)
        found.install()
        yield found
