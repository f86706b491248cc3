# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real MariaDB under a real mariadb-operator in a twin: what the operator needs, a client that writes, and the modules as a user runs them."""

from __future__ import annotations

import itertools
import json
import re
import typing as t
from pathlib import Path

from lab.twin import artefacts
from tests.support.database_clients import Writer
from tests.support.databases import NAMESPACE, Databases, Object
from tests.support.virtual_address import SERVERS

BUCKET = "k8s-backups-mariadb"
ENDPOINT = "nas10.eneg.de:9000"
OPERATOR = "mariadb-operator"
SECRET = "shop-credentials"
PASSWORD = "a-password-of-the-twin"
#: Asks a member; the password stays out of every list of processes.
ASK = 'MYSQL_PWD="$MARIADB_ROOT_PASSWORD" exec mariadb -uroot -N -B'
#: What the writing client does: a row, and the word that it was acknowledged; without one the next number is tried. A host that lost its power
#: says nothing more, and a client alone would wait for hours.
LOOP = """
i=$LAST
while :; do
  i=$((i+1))
  if timeout 10 mariadb -h $WHERE -uroot --connect-timeout=3 --skip-ssl-verify-server-cert -e "INSERT INTO app.written VALUES ($i)" 2>/dev/null
  then echo "ack $i $(date +%s.%N)"; else sleep 0.2; fi
done
"""


class MariaDBs(Databases):
    """A twin whose cluster runs the operator, with an S3 server beside it."""

    @property
    def image(self) -> str:
        """MariaDB of the twin, by its exact version."""
        return f"registry.twin/mariadb:{self._version}-debian"

    @property
    def other_image(self) -> str:
        """The same under another tag, as an update would bring."""
        return f"registry.twin/mariadb:{self._version}-debian2"

    @property
    def _version(self) -> str:
        return (artefacts.build("mariadb") / "mariadb-version").read_text("utf-8").strip()

    @property
    def bucket(self) -> Path:
        """The bucket as the S3 server keeps it."""
        return self.twin.paths.object_store / "buckets" / BUCKET

    def spec(self, **changes: t.Any) -> Object:
        """Three members on three hosts, each with one volume."""
        whole: Object = {
            "image": self.image,
            "imagePullPolicy": "IfNotPresent",
            "replicas": 3,
            "galera": {"enabled": True, "config": {"reuseStorageVolume": True}},
            "affinity": {"antiAffinityEnabled": True},
            "storage": {"size": "1Gi", "storageClassName": "local-path"},
            "resources": {"requests": {"memory": "256Mi"}, "limits": {"memory": "768Mi"}},
            "myCnf": "[mariadb]\ninnodb_buffer_pool_size=128M\n",
            "rootPasswordSecretKeyRef": {"name": SECRET, "key": "db-root-password"},
        }
        return {**whole, **changes}

    def s3(self, **changes: t.Any) -> Object:
        """Where dumps go."""
        keys = {"accessKeyIdSecretKeyRef": {"name": SECRET, "key": "s3-access-key"}, "secretAccessKeySecretKeyRef": {"name": SECRET, "key": "s3-secret-key"}}
        trusted = {"enabled": True, "caSecretKeyRef": {"name": SECRET, "key": "s3-ca"}}
        return {"bucket": BUCKET, "prefix": "dev/shop", "endpoint": ENDPOINT, "region": "us-east-1", **keys, "tls": trusted, **changes}

    def cluster(self, name: str = "shop", **options: t.Any) -> Object:
        """mariadb_cluster."""
        return self.do("mariadb_cluster", name=name, **{"wait_timeout": 900, **options})

    def backup(self, name: str = "shop", **options: t.Any) -> Object:
        """mariadb_backup."""
        return self.do("mariadb_backup", name=name, **{"wait_timeout": 900, **options})

    def primary(self, name: str = "shop") -> str:
        """The member that takes writes."""
        return str(self.get("mariadbs.k8s.mariadb.com", name)["status"]["currentPrimary"])

    def sql(self, statement: str, cluster: str = "shop", database: str = "", pod: str = "") -> str:
        """The answer of the primary, or of one member."""
        where = ("-n", NAMESPACE, "exec", "-i", pod or self.primary(cluster), "-c", "mariadb", "--")
        return self.kubectl(*where, "sh", "-c", f"{ASK} {database}", text=statement)

    def pods(self, name: str = "shop") -> list[str]:
        """Members that have a pod."""
        found = json.loads(self.kubectl("-n", NAMESPACE, "get", "pods", "-l", f"app.kubernetes.io/instance={name},apps.kubernetes.io/pod-index", "-o", "json"))
        return sorted(str(pod["metadata"]["name"]) for pod in found["items"])

    def kill_pods(self, *names: str) -> None:
        """Their processes end at once, without a word to anybody."""
        self.kubectl("-n", NAMESPACE, "delete", "pod", *names, "--force", "--grace-period=0")

    def size(self, pod: str = "") -> str:
        """How many members a member sees."""
        return self.sql("SHOW STATUS LIKE 'wsrep_cluster_size'", pod=pod).split()[-1]

    def install(self) -> None:
        """Images onto the hosts, volumes, operator, account and namespace."""
        self._import(artefacts.build("mariadb") / "images", artefacts.build("local-path") / "images")
        self._local_volumes()
        manifests = artefacts.build("mariadb") / "manifests"
        for file in ("crds.yaml", "mariadb-operator.yaml"):
            self.kubectl("apply", "--server-side", "-f", "-", text=(manifests / file).read_text("utf-8"))
        # Every host has one of each: the loss of a host must not take along who repairs it.
        for deployment in (OPERATOR, f"{OPERATOR}-webhook"):
            self._everywhere(OPERATOR, deployment)
        self._everywhere("kube-system", "coredns")
        for deployment in (OPERATOR, f"{OPERATOR}-cert-controller", f"{OPERATOR}-webhook"):
            self.kubectl("-n", OPERATOR, "rollout", "status", f"deployment/{deployment}", "--timeout=600s", timeout=900)
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, self._account())
        self.bucket.mkdir(exist_ok=True)
        self.until("the webhook to answer", self._webhook_answers)

    def _webhook_answers(self) -> bool:
        return bool(self.cluster(spec=self.spec(), check=True)["changed"])

    def _account(self, secret_key: str = "") -> Object:
        """Passwords and the S3 server's account and authority, as the tree's encrypted Secret would bring them."""
        text = (self.twin.paths.object_store / "account.env").read_text("utf-8")
        keys = dict(re.findall(r"ROOT_(ACCESS|SECRET)_KEY=(\S+)", text))
        account = {"s3-access-key": keys["ACCESS"], "s3-secret-key": secret_key or keys["SECRET"], "s3-ca": self.twin.paths.ca.read_text("utf-8")}
        values = {"db-root-password": PASSWORD, **account}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET, "namespace": NAMESPACE}, "stringData": values}


class MariaDBWriter(Writer):
    """A client that writes numbered rows from a pod and says which of them were acknowledged, and when."""

    counter = itertools.count(1)

    def __enter__(self) -> t.Self:
        self._name = f"writer-{next(self.counter)}"
        self._site.sql("CREATE DATABASE IF NOT EXISTS app; CREATE TABLE IF NOT EXISTS app.written (id BIGINT PRIMARY KEY)")
        first = self._site.sql("SELECT COALESCE(MAX(id), 0) FROM app.written")
        password = {"name": "MYSQL_PWD", "valueFrom": {"secretKeyRef": {"name": SECRET, "key": "db-root-password"}}}
        environment = [password, {"name": "WHERE", "value": f"{self._cluster}-primary"}, {"name": "LAST", "value": first}]
        container = {"name": "writer", "image": self._site.image, "command": ["bash", "-c", LOOP], "env": environment}
        spec = {"nodeName": self._node, "restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [container]}
        self._site.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": self._name, "namespace": NAMESPACE}, "spec": spec})
        self._begun()
        return self

    def lost(self) -> set[int]:
        """Rows that were acknowledged and are not there."""
        there = {int(number) for number in self._site.sql("SELECT id FROM app.written").split()}
        return {number for number, _when in self.acknowledged} - there


def another_host(site: MariaDBs, *taken: str) -> str:
    """A host that none of these members is on."""
    nodes = {site.node_of(pod) for pod in taken}
    return next(name for name in SERVERS if name not in nodes)
