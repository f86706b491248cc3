# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real PostgreSQL under a real CloudNativePG in a twin: what the operator needs, a client that writes, and the modules as a user runs them."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import re
import shlex
import subprocess
import sys
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.postgresql import RETRY, SHORT_LEASE

from lab.twin import artefacts, lifecycle
from tests.support import certificates
from tests.support.twin import Twin, raised
from tests.support.virtual_address import SERVERS

Object = dict[str, t.Any]
FIRST = next(iter(SERVERS))
NAMESPACE = "databases"
BUCKET = "k8s-backups-postgres"
ENDPOINT = "https://nas10.eneg.de:9000"
CONTEXT = "eneg-dev"
STORE = "store"
PLUGIN = "barman-cloud.cloudnative-pg.io"
#: What ssh ends with when it cannot connect, such as while a host boots.
UNREACHED = 255
#: The module as Ansible runs it.
RUN = "import runpy, sys; runpy.run_module(sys.argv.pop(1), run_name='__main__')"


class Failed(AssertionError):
    """A module failed; the text is its message."""


@dataclass(frozen=True)
class Databases:
    """A twin whose cluster runs the operator, with an S3 server beside it."""

    twin: Twin

    @property
    def image(self) -> str:
        """PostgreSQL of the twin, by its exact version."""
        return f"registry.twin/postgresql:{self._version}-debian"

    @property
    def other_image(self) -> str:
        """The same under another tag, as an update would bring."""
        return f"registry.twin/postgresql:{self._version}-debian2"

    @property
    def pooler_image(self) -> str:
        """PgBouncer of the twin."""
        return f"registry.twin/pgbouncer:{(artefacts.build('cnpg') / 'pgbouncer-version').read_text('utf-8').strip()}-debian"

    @property
    def _version(self) -> str:
        return (artefacts.build("cnpg") / "postgresql-version").read_text("utf-8").strip()

    @property
    def bucket(self) -> Path:
        """The bucket as the S3 server keeps it."""
        return self.twin.paths.object_store / "buckets" / BUCKET

    def spec(self, **changes: t.Any) -> Object:
        """Three instances, each write confirmed by a replica, archived under the cluster's own name; as a matrix would ask for them."""
        plugin = {"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": STORE}}
        synchronous = {"method": "any", "number": 1, "dataDurability": "required", "failoverQuorum": True}
        whole: Object = {
            "instances": 3,
            "imageName": self.image,
            "storage": {"size": "1Gi", "storageClass": "local-path"},
            "walStorage": {"size": "1Gi", "storageClass": "local-path"},
            "postgresql": {"parameters": {**RETRY, "max_connections": "50", "shared_buffers": "64MB"}, "synchronous": synchronous},
            "primaryLease": SHORT_LEASE,
            "affinity": {"enablePodAntiAffinity": True, "podAntiAffinityType": "preferred", "topologyKey": "kubernetes.io/hostname"},
            "plugins": [plugin],
            "primaryUpdateMethod": "switchover",
            "switchoverDelay": 60,
            "stopDelay": 60,
            "smartShutdownTimeout": 5,
        }
        return {**whole, **changes}

    def do(self, module: str, **options: t.Any) -> Object:
        """Run a module of the collection from the management side of the twin; raises Failed with its message."""
        check = options.pop("check", False)
        where = {"kubeconfig": str(self.twin.paths.root / "kubeconfig"), "context": CONTEXT, "namespace": NAMESPACE}
        given = {"ANSIBLE_MODULE_ARGS": {**where, **options, "_ansible_check_mode": check}}
        name = f"ansible_collections.groundwork.platform.plugins.modules.{module}"
        done = subprocess.run(
            [*self.twin.inside(), sys.executable, "-c", RUN, name],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"},
        )
        assert done.stdout, done.stderr
        found: Object = json.loads(done.stdout)
        if found.get("failed"):
            raise Failed(str(found["msg"]))
        return found

    def cluster(self, name: str = "shop", **options: t.Any) -> Object:
        """cnpg_cluster."""
        return self.do("cnpg_cluster", name=name, **{"wait_timeout": 900, **options})

    def kubectl(self, *arguments: str, text: str = "", timeout: float = 180) -> str:
        """Run kubectl on a server that lives, or on the next one where that cannot be reached; it must succeed. ``timeout``: seconds."""
        hosts = lifecycle.ask(self.twin.paths, "status")["hosts"]
        command = ["sudo", "k3s", "kubectl", *map(shlex.quote, arguments)]
        for host in (found["name"] for found in hosts if found["name"] in SERVERS and found["power"] == "on"):
            ssh = [*self.twin.inside(), "ssh", "-F", str(self.twin.paths.ssh_config), host]
            done = subprocess.run([*ssh, *command], input=text, capture_output=True, text=True, check=False, timeout=timeout)
            if done.returncode != UNREACHED:
                break
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def apply(self, *things: Object) -> None:
        """Objects, by server-side apply."""
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=yaml.safe_dump_all(things))

    def get(self, kind: str, name: str, namespace: str = NAMESPACE) -> Object:
        """One object."""
        found: Object = json.loads(self.kubectl("-n", namespace, "get", kind, name, "-o", "json"))
        return found

    def primary(self, name: str = "shop") -> str:
        """The instance that takes writes."""
        return str(self.get("clusters.postgresql.cnpg.io", name)["status"]["currentPrimary"])

    def sql(self, statement: str, cluster: str = "shop", database: str = "app", pod: str = "") -> str:
        """The answer of the primary, or of one instance."""
        where = ("-n", NAMESPACE, "exec", "-i", pod or self.primary(cluster), "-c", "postgres", "--")
        return self.kubectl(*where, "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, text=statement)

    def node_of(self, pod: str) -> str:
        """The host that a pod runs on."""
        return str(self.get("pod", pod)["spec"]["nodeName"])

    def until(self, what: str, done: t.Callable[[], bool], seconds: float = 900) -> None:
        """Wait; errors on the way are no answer."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(AssertionError, KeyError, subprocess.TimeoutExpired):
                if done():
                    return
            time.sleep(2)
        raise AssertionError(f"after {seconds} s not yet: {what}")

    def archived(self, cluster: str = "shop") -> None:
        """Wait until everything that was written is in the archive."""
        look = "SELECT archived_count FROM pg_stat_archiver"
        before = self.sql(look, cluster)
        self.sql("SELECT pg_switch_wal()", cluster)
        self.until("the archive to have it", lambda: self.sql(look, cluster) != before)

    def install(self) -> None:
        """Images onto the hosts, volumes, operator, plugin, S3 account and namespace."""
        self._import(artefacts.build("cnpg") / "images", artefacts.build("local-path") / "images", certificates.images())
        self._local_volumes()
        manifests = artefacts.build("cnpg") / "manifests"
        self.kubectl("apply", "--server-side", "-f", "-", text=(manifests / "cloudnative-pg.yaml").read_text("utf-8"))
        # Every host has one of each: the loss of a host must not take along who repairs it.
        self._everywhere("cnpg-system", "cnpg-controller-manager")
        self._everywhere("kube-system", "coredns")
        self.kubectl("-n", "cnpg-system", "rollout", "status", "deployment/cnpg-controller-manager", "--timeout=600s", timeout=900)
        self._cert_manager()
        things = [thing for thing in yaml.safe_load_all((manifests / "plugin-barman-cloud.yaml").read_text("utf-8")) if thing]
        self.apply(*things)
        wanted = [thing["metadata"] for thing in things if thing["kind"] == "Certificate"]
        assert wanted, "the plugin's manifest asks for no certificates any more"
        self.until(f"cert-manager to issue {', '.join(one['name'] for one in wanted)}", functools.partial(self._issued, wanted))
        self._everywhere("cnpg-system", "barman-cloud")
        # Only the one that leads serves, so the others never get ready.
        self.kubectl("-n", "cnpg-system", "wait", "deployment/barman-cloud", "--for=jsonpath={.status.availableReplicas}=1", "--timeout=600s", timeout=900)
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, self._account())
        self.bucket.mkdir(exist_ok=True)

    def _local_volumes(self) -> None:
        """A class of volumes on the hosts themselves."""
        self.kubectl("apply", "-f", "-", text=(artefacts.build("local-path") / "manifests" / "local-path.yaml").read_text("utf-8"))
        # Its helpers write to the hosts' own folders.
        self.kubectl("label", "namespace", "local-path-storage", "pod-security.kubernetes.io/enforce=privileged", "--overwrite")

    def _import(self, *folders: Path) -> None:
        """Into the folder that K3s imports from at its start, one server after the other."""
        for host in SERVERS:
            target = self.twin.paths.host(host) / "disk" / "var/lib/rancher/k3s/agent/images"
            for image in itertools.chain.from_iterable(folder.iterdir() for folder in folders):
                (target / image.name).write_bytes(image.read_bytes())
            assert self.twin.on(host, "systemctl restart k3s", 900).status == 0
            self.until(f"{host} to be ready", functools.partial(self._is_ready, host))

    def _is_ready(self, host: str) -> bool:
        return " Ready" in self.kubectl("get", "node", host, "--no-headers")

    def _everywhere(self, namespace: str, deployment: str) -> None:
        labels = self.get("deployment", deployment, namespace)["spec"]["selector"]["matchLabels"]
        term = {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}
        pod = {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}
        change = {"spec": {"replicas": 3, "strategy": {"type": "Recreate", "rollingUpdate": None}, "template": {"spec": pod}}}
        self.kubectl("-n", namespace, "patch", "deployment", deployment, "--type", "merge", "--patch-file", "/dev/stdin", text=json.dumps(change))

    def _cert_manager(self) -> None:
        """CRDs first; the plugin's Certificates and their Issuer stand in its own manifest."""
        kinds = list(certificates.crds())
        self.apply(*kinds)
        for kind in kinds:
            self.kubectl("wait", f"crd/{kind['metadata']['name']}", "--for=condition=Established", "--timeout=300s", timeout=900)
        self.apply(*certificates.controller())
        self.kubectl("-n", certificates.NAME, "rollout", "status", f"deployment/{certificates.NAME}", "--timeout=600s", timeout=900)

    def _issued(self, wanted: t.Sequence[Object]) -> bool:
        """Whether each of some Certificates is Ready."""
        found = [self.get("certificates.cert-manager.io", one["name"], one["namespace"]).get("status", {}).get("conditions") or [] for one in wanted]
        return all(any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions) for conditions in found)

    def _account(self, secret_key: str = "") -> Object:
        """The S3 server's account and authority, as the tree's encrypted Secret would bring them."""
        text = (self.twin.paths.object_store / "account.env").read_text("utf-8")
        keys = dict(re.findall(r"ROOT_(ACCESS|SECRET)_KEY=(\S+)", text))
        values = {"ACCESS_KEY_ID": keys["ACCESS"], "SECRET_ACCESS_KEY": secret_key or keys["SECRET"], "ca.crt": self.twin.paths.ca.read_text("utf-8")}
        name = "s3-wrong" if secret_key else "s3-credentials"
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}, "stringData": values}

    def wrong_account(self) -> None:
        """A Secret with a key that the server does not know."""
        self.apply(self._account("0" * 40))


def store_options(folder: str = "dev", credentials: str = "s3-credentials", bucket: str = BUCKET) -> Object:
    """Options of cnpg_objectstore for the twin's S3 server."""
    return {"destination": f"s3://{bucket}/{folder}", "endpoint": ENDPOINT, "credentials": credentials, "ca_secret": "s3-credentials", "retention": "7d"}


@contextlib.contextmanager
def databases(name: str) -> t.Iterator[Databases]:
    """A twin of dev with everything that PostgreSQL needs."""
    with raised(name, "inventories/dev") as twin:
        done = twin.playbook("site.yml")
        assert done.status == 0, done.tail
        yield installed(twin)


def installed(twin: Twin) -> Databases:
    """Everything that PostgreSQL needs, in a cluster that is there."""
    found = Databases(twin)
    found.install()
    found.do("cnpg_objectstore", name=STORE, **store_options())
    return found
