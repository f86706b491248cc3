# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the K3s node contract that the roles and modules of this release stand on.

Each row is one line of the table "Stand-in: observable" of the K3s contract research, or a part of one: what installation
stands on, then what the lifecycle does to tokens, certificates, secrets encryption, snapshots, members and releases.
"""

from __future__ import annotations

import typing as t


class Row(t.NamedTuple):
    """One observable promise of K3s: its key (used by the ``row`` marker) and what a test must see."""

    key: str
    promise: str


ROWS = (
    Row("version", "--version: 'k3s version vX.Y.Z+k3sN (8 hex)', then 'go version …'"),
    Row("config-merge", "config.yaml, drop-ins in lexical order, a later file replaces, 'key+' appends"),
    Row("config-precedence", "command line before drop-ins before main file before environment"),
    Row("config-unknown-server", "unknown key on a server: a warning, the server starts"),
    Row("config-unknown-agent", "unknown key on an agent: fatal, exit 1"),
    Row("token-none", "first server without a token makes 32 hex digits"),
    Row("token-short", "first server uses a short token as its password"),
    Row("token-secure", "first server ignores the hash of a K10 token and uses its password"),
    Row("token-malformed", "first server with a malformed K10 token: late shutdown, exit 0"),
    Row("token-file", "token-file: trimmed; empty means an empty token; missing is waited for"),
    Row("server-files", "token, node-token, agent-token, cred/passwd: modes, links, CSV, rewritten at every start"),
    Row("cacerts", "/cacerts is server-ca.crt byte for byte, without credentials"),
    Row("ping", "/ping answers pong without credentials"),
    Row("server-bootstrap", "server-bootstrap: 15 files as JSON for server, 401 wrong password, 403 other role or nobody"),
    Row("config-route", "/v1-k3s/config: 200 for node, 401 wrong password, 403 for server"),
    Row("readyz-route", "/v1-k3s/readyz: ok for node, 401 wrong password, 403 for server"),
    Row("token-probe", "GET /v1-k3s/token: 405 right password, 401 wrong, 403 no or wrong role"),
    Row("db-info", "/db/info: members for loopback without credentials, 403 from elsewhere"),
    Row("bootstrap-key", "exactly one /bootstrap/<sha256(password)[:12]> key, its value not in the clear"),
    Row("join", "a second server with the right token joins and gets the first one's CA"),
    Row("join-wrong-password", "join with a wrong password: 'not authorized', exit 1, no etcd data"),
    Row("join-wrong-hash", "join with another CA's hash: explained, exit 1, no etcd data"),
    Row("join-mismatch", "join with another critical value: named, exit 1, no etcd data"),
    Row("join-duplicate", "join under a member's node name: refused as duplicate, exit 0"),
    Row("start-wrong-token", "start on existing data with a wrong token: 'encrypted with different token', exit 1"),
    Row("start-no-token", "restart with no token, or with a wrong hash and the right password: starts"),
    Row("newer-than-datastore", "a bootstrap file newer than and unlike the datastore's: fatal; removing it cures"),
    Row("learner", "a joining member is a learner first and a voter within the leader's tick"),
    Row("voter-condition", "Node condition EtcdIsVoter, labels control-plane and etcd, etcd annotations"),
    Row("sd-notify", "the unit is active only after the server votes and its API is ready"),
    Row("restart-loop", "a refused start loops: NRestarts grows, the unit never becomes active"),
    Row("no-quorum-start", "start without quorum: no READY, 503 from the supervisor"),
    Row("apiserver-readyz", "/readyz: 401 anonymous, 200 with the admin certificate"),
    Row("kubeconfig", "k3s.yaml: 0600, context default, rewritten at every start; k3s kubectl uses it"),
    Row("agent-wrong-token", "an agent with a wrong token tries for ever and never exits"),
    Row("token-rotate", "token rotate: texts; cred/passwd, SRV/token and the bootstrap key are moved; an invented token is not shown"),
    Row("token-rotate-restart", "after a rotation the server answers old 405 and new 401 until its restart, then the reverse"),
    Row("token-rotate-refused", "token rotate with a wrong current token, or to a bootstrap token: exit 1, nothing changed"),
    Row("token-rotate-stale", "a second rotation through a peer not restarted: 'token error ID', that peer's next start dies"),
    Row("token-rotate-quorum", "rotation without quorum hangs; files new, datastore old; old token and no cred/passwd cure"),
    Row("token-rotate-down", "down during rotation: new token refused without 'server:', taken with it; old one ends late, exit 0"),
    Row("token-fingerprint", "a server not restarted since the rotation stamps the old fingerprint on its snapshots"),
    Row("bootstrap-token", "token create, list, delete, generate: K10<hash>::id.secret, texts; accepted for node routes until expiry"),
    Row("bootstrap-token-join", "an agent joins with a bootstrap token"),
    Row("agent-token-trap", "agent-token changed on an existing server: starts once, then 'newer than datastore'; no cred/passwd cures"),
    Row("agent-token-change", "agent-token changed for good: one server with it, token rotate T to T, restart all with it"),
    Row("certificate-check", "certificate check: text, table, json, yaml; OK, WARNING; always exit 0"),
    Row("certificate-renewal", "a start renews leafs with less than 120 days left and leaves the others"),
    Row("certificate-rotate", "certificate rotate offline: backup tls-<unix>, new leafs at the next start, CAs stay"),
    Row("certificate-rotate-ca", "rotate-ca: a missing folder 'succeeds'; a new root needs --force and makes full tokens stale"),
    Row("encrypt-status", "secrets-encrypt status as text and JSON; state file and Node annotation <stage>-<sha256 of the config>"),
    Row("encrypt-rotate-keys", "rotate-keys on one server: text, new key, Secrets written anew, old key gone"),
    Row("encrypt-stale-server", "until restarted the others cannot read Secrets though /readyz is ok, and refuse rotate-keys"),
    Row("encrypt-classic", "prepare, rotate, reencrypt with a restart after each; out of turn: exit 1"),
    Row("encrypt-disable", "disable and enable: Secrets in etcd in the clear, then encrypted again"),
    Row("agent-join", "an agent joins with the agent token; its Node has no control-plane role"),
    Row("snapshot-save", "etcd-snapshot save: '<name>-<node>-<unix>', 0600, told on stderr; wrong folder or token: exit 1"),
    Row("snapshot-list", "etcd-snapshot ls: table, json and yaml on stdout; another format: exit 1"),
    Row("snapshot-delete", "etcd-snapshot delete: an unknown one is a warning, exit 0; none given: exit 1"),
    Row("snapshot-prune", "etcd-snapshot prune: the newest N of a prefix stay, by the time in the name"),
    Row("snapshot-object", "ETCDSnapshotFile with node label and token fingerprint; gone with its snapshot"),
    Row("snapshot-failed", "a snapshot that cannot be written leaves an ETCDSnapshotFile with the error"),
    Row("snapshot-schedule", "scheduled snapshots: cron, folder, .zip; retention by prefix, others stay"),
    Row("snapshot-remote", "--etcd-server saves on that server; ls shows only the own ones"),
    Row("snapshot-stopped", "no subcommand of etcd-snapshot works while K3s is stopped"),
    Row("reset", "--cluster-reset: success text, exit 0, flag, one member with a new name; a second one is refused"),
    Row("reset-refused", "--cluster-reset refuses a server URL, a missing flag, a missing or wrong path"),
    Row("restore", "restore: objects of the snapshot are back, old data in etcd-old-*, flag ignored"),
    Row("restore-zip", "a compressed snapshot is restored"),
    Row("restore-truncated", "a truncated snapshot is refused by its checksum"),
    Row("restore-token", "token at restore: token-file is not enough on a fresh host; a wrong one is fatal after the swap"),
    Row("reset-peers", "after a reset a peer rejoins without db/etcd; one that kept it hangs"),
    Row("version-swap", "a new binary counts from the restart on (kubeletVersion); two minor releases in one cluster"),
    Row("remove-delete", "deleting a Node removes its member; the server stays up, /db/info 500, tombstone"),
    Row("remove-rejoin", "a removed server with server: rejoins at its restart under a new member name"),
    Row("remove-annotation", "etcd.k3s.cattle.io/remove=true removes the member and keeps the Node"),
    Row("remove-alone", "a removed server without server: starts a cluster of its own (v1.35.0+k3s3)"),
    Row("remove-down", "removed while down: the start hangs; without db/etcd it rejoins under the same node name"),
    Row("remove-refused", "no removal of the last voter or at the cost of quorum: the Node stays Terminating"),
    Row("node-password", "node password: file, Secret owned by the Node, another one is refused for ever"),
    Row("quorum-lost-holder", "quorum lost while running: who holds a lease exits 1 ('leaderelection lost')"),
    Row("quorum-lost-others", "quorum lost while running: a server without a lease stays up, its API hangs"),
    Row("snapshot-s3", "etcd-s3: every snapshot is stored twice, listed twice, restored by name, deleted twice"),
    Row("snapshot-s3-retention", "retention in S3: the newest N of a prefix over all servers"),
    Row("snapshot-s3-refused", "S3 away, wrong credentials or wrong bucket: told apart, exit 1, nothing saved"),
)
