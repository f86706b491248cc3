// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package config

// kind says how often a flag may be given and whether it needs a value.
type kind int

const (
	text kind = iota
	boolean
	list // every occurrence counts
	csv  // every occurrence counts and commas separate values
)

// flag is one command line flag and, without its dashes, one key of config.yaml.
type flag struct {
	name  string
	alias string
	kind  kind
	env   string
}

// The names, kinds and environment variables are K3s's own (docs "k3s server", "k3s agent").
var nodeFlags = []flag{
	{name: "config", alias: "c", env: "K3S_CONFIG_FILE"},
	{name: "debug", kind: boolean, env: "K3S_DEBUG"},
	{name: "v"}, {name: "vmodule"}, {name: "log", alias: "l"}, {name: "alsologtostderr", kind: boolean},
	{name: "data-dir", alias: "d", env: "K3S_DATA_DIR"},
	{name: "token", alias: "t", env: "K3S_TOKEN"},
	{name: "token-file", env: "K3S_TOKEN_FILE"},
	{name: "server", alias: "s", env: "K3S_URL"},
	{name: "node-name", env: "K3S_NODE_NAME"},
	{name: "with-node-id", kind: boolean},
	{name: "node-label", kind: list}, {name: "node-taint", kind: list},
	{name: "node-ip", alias: "i", kind: csv}, {name: "node-external-ip", kind: csv},
	{name: "node-internal-dns", kind: csv}, {name: "node-external-dns", kind: csv},
	{name: "bind-address"},
	{name: "image-credential-provider-bin-dir"}, {name: "image-credential-provider-config"},
	{name: "docker", kind: boolean}, {name: "container-runtime-endpoint"}, {name: "default-runtime"},
	{name: "image-service-endpoint"}, {name: "disable-default-registry-endpoint", kind: boolean},
	{name: "nonroot-devices", kind: boolean}, {name: "pause-image"}, {name: "snapshotter"}, {name: "private-registry"},
	{name: "airgap-extra-registry", kind: list},
	{name: "resolv-conf", env: "K3S_RESOLV_CONF"}, {name: "flannel-iface"}, {name: "flannel-conf"}, {name: "flannel-cni-conf"},
	{name: "kubelet-arg", kind: list}, {name: "kube-proxy-arg", kind: list},
	{name: "protect-kernel-defaults", kind: boolean}, {name: "enable-pprof", kind: boolean}, {name: "rootless", kind: boolean},
	{name: "prefer-bundled-bin", kind: boolean}, {name: "selinux", kind: boolean, env: "K3S_SELINUX"},
	{name: "lb-server-port", env: "K3S_LB_SERVER_PORT"}, {name: "vpn-auth"}, {name: "vpn-auth-file"},
}

var serverFlags = []flag{
	{name: "https-listen-port"}, {name: "supervisor-port", env: "K3S_SUPERVISOR_PORT"}, {name: "apiserver-port"}, {name: "apiserver-bind-address"},
	{name: "advertise-address"}, {name: "advertise-port"},
	{name: "tls-san", kind: csv}, {name: "tls-san-security", kind: boolean},
	{name: "cluster-cidr", kind: csv}, {name: "service-cidr", kind: csv}, {name: "service-node-port-range"},
	{name: "cluster-dns", kind: csv}, {name: "cluster-domain"},
	{name: "flannel-backend"}, {name: "flannel-ipv6-masq", kind: boolean}, {name: "flannel-external-ip", kind: boolean},
	{name: "egress-selector-mode"}, {name: "servicelb-namespace"}, {name: "helm-job-image"},
	{name: "write-kubeconfig", alias: "o", env: "K3S_KUBECONFIG_OUTPUT"},
	{name: "write-kubeconfig-mode", env: "K3S_KUBECONFIG_MODE"},
	{name: "write-kubeconfig-group", env: "K3S_KUBECONFIG_GROUP"},
	{name: "agent-token", env: "K3S_AGENT_TOKEN"}, {name: "agent-token-file", env: "K3S_AGENT_TOKEN_FILE"},
	{name: "cluster-init", kind: boolean, env: "K3S_CLUSTER_INIT"},
	{name: "cluster-reset", kind: boolean, env: "K3S_CLUSTER_RESET"}, {name: "cluster-reset-restore-path"},
	{name: "kube-apiserver-arg", kind: list}, {name: "etcd-arg", kind: list},
	{name: "kube-controller-manager-arg", kind: list}, {name: "kube-scheduler-arg", kind: list},
	{name: "kube-cloud-controller-manager-arg", kind: list},
	{name: "datastore-endpoint", env: "K3S_DATASTORE_ENDPOINT"}, {name: "datastore-cafile", env: "K3S_DATASTORE_CAFILE"},
	{name: "datastore-certfile", env: "K3S_DATASTORE_CERTFILE"}, {name: "datastore-keyfile", env: "K3S_DATASTORE_KEYFILE"},
	{name: "kine-tls", kind: boolean},
	{name: "etcd-expose-metrics", kind: boolean}, {name: "default-local-storage-path"},
	{name: "disable", kind: csv}, {name: "disable-scheduler", kind: boolean}, {name: "disable-cloud-controller", kind: boolean},
	{name: "disable-kube-proxy", kind: boolean}, {name: "disable-network-policy", kind: boolean},
	{name: "disable-helm-controller", kind: boolean}, {name: "disable-apiserver", kind: boolean},
	{name: "disable-controller-manager", kind: boolean}, {name: "disable-etcd", kind: boolean}, {name: "disable-agent", kind: boolean},
	{name: "embedded-registry", kind: boolean}, {name: "supervisor-metrics", kind: boolean}, {name: "system-default-registry"},
	{name: "secrets-encryption", kind: boolean}, {name: "secrets-encryption-provider"},
}

var snapshotFlags = []flag{
	{name: "etcd-disable-snapshots", kind: boolean}, {name: "etcd-snapshot-schedule-cron"}, {name: "etcd-snapshot-reconcile-interval"},
	{name: "etcd-snapshot-retention", alias: "snapshot-retention"}, {name: "etcd-snapshot-dir", alias: "dir"},
	{name: "etcd-snapshot-compress", alias: "snapshot-compress", kind: boolean},
	{name: "etcd-s3", kind: boolean}, {name: "etcd-s3-endpoint"}, {name: "etcd-s3-endpoint-ca"}, {name: "etcd-s3-skip-ssl-verify", kind: boolean},
	{name: "etcd-s3-access-key", env: "AWS_ACCESS_KEY_ID"}, {name: "etcd-s3-secret-key", env: "AWS_SECRET_ACCESS_KEY"},
	{name: "etcd-s3-session-token", env: "AWS_SESSION_TOKEN"}, {name: "etcd-s3-bucket"}, {name: "etcd-s3-bucket-lookup-type"},
	{name: "etcd-s3-region"}, {name: "etcd-s3-folder"}, {name: "etcd-s3-proxy"}, {name: "etcd-s3-config-secret"},
	{name: "etcd-s3-insecure", kind: boolean}, {name: "etcd-s3-timeout"}, {name: "etcd-s3-retention"},
}

var snapshotCommandFlags = []flag{
	{name: "config", alias: "c", env: "K3S_CONFIG_FILE"}, {name: "debug", kind: boolean}, {name: "log"}, {name: "data-dir", alias: "d", env: "K3S_DATA_DIR"},
	{name: "node-name", env: "K3S_NODE_NAME"}, {name: "name"}, {name: "etcd-server", alias: "s"}, {name: "etcd-token", alias: "t"}, {name: "output", alias: "o"},
}

var clientFlags = []flag{
	{name: "debug", kind: boolean}, {name: "data-dir", alias: "d", env: "K3S_DATA_DIR"},
	{name: "server", alias: "s", env: "K3S_URL"}, {name: "token", alias: "t", env: "K3S_TOKEN"}, {name: "output", alias: "o"},
}

var tokenFlags = []flag{
	{name: "new-token"}, {name: "kubeconfig", env: "KUBECONFIG"}, {name: "ttl"}, {name: "description"},
	{name: "groups", kind: csv}, {name: "usages", kind: csv},
}

var encryptFlags = []flag{{name: "force", alias: "f", kind: boolean}, {name: "skip", kind: boolean}}

var certificateFlags = []flag{{name: "service", kind: csv}, {name: "path"}, {name: "force", alias: "f", kind: boolean}}

// Command is a subcommand whose arguments come from config.yaml and the command line.
type Command struct {
	flags      map[string]flag
	names      []flag
	strictKeys bool // an unknown key of config.yaml is an error, not a warning
}

// The three kinds of subcommands that read config.yaml.
var (
	Server   = command(false, nodeFlags, serverFlags, snapshotFlags)
	Agent    = command(true, nodeFlags)
	Snapshot = command(false, snapshotCommandFlags, snapshotFlags)
)

// The subcommands that know no config.yaml.
var (
	Token          = command(false, clientFlags, tokenFlags)
	SecretsEncrypt = command(false, clientFlags, encryptFlags)
	Certificate    = command(false, clientFlags, certificateFlags)
)

func command(strict bool, groups ...[]flag) Command {
	c := Command{flags: map[string]flag{}, strictKeys: strict}
	for _, group := range groups {
		for _, f := range group {
			c.flags[f.name] = f
			if f.alias != "" {
				c.flags[f.alias] = f
			}
			c.names = append(c.names, f)
		}
	}
	return c
}
