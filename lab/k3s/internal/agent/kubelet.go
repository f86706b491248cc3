// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package agent

import (
	"bufio"
	"net"
	"os"
	"strings"

	"sigs.k8s.io/yaml"

	"groundwork.platform/lab/k3s/internal/args"
	"groundwork.platform/lab/k3s/internal/child"
	"groundwork.platform/lab/k3s/internal/pki"
)

const resolvedConf = "/run/systemd/resolve/resolv.conf"

func startKubelet(group *child.Group, o *Options, cluster Cluster) error {
	resolv, err := o.resolvConf()
	if err != nil {
		return err
	}
	config := map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false},
			"webhook":   map[string]any{"enabled": true, "cacheTTL": "2m"},
			"x509":      map[string]any{"clientCAFile": o.path("client-ca.crt")},
		},
		"authorization": map[string]any{"mode": "Webhook"},
		"cgroupDriver":  "cgroupfs", "clusterDNS": strings.Split(cluster.ClusterDNS, ","), "clusterDomain": cluster.ClusterDomain,
		"containerRuntimeEndpoint": "unix://" + Socket,
		"evictionHard":             map[string]string{"imagefs.available": "5%", "nodefs.available": "5%"},
		"evictionMinimumReclaim":   map[string]string{"imagefs.available": "10%", "nodefs.available": "10%"},
		"failSwapOn":               false, "healthzBindAddress": "127.0.0.1", "providerID": "k3s://" + o.NodeName,
		"resolvConf": resolv, "serializeImagePulls": false, "staticPodPath": o.path("pod-manifests"), "protectKernelDefaults": o.Values.Bool("protect-kernel-defaults"),
		"tlsCertFile": o.path("serving-kubelet.crt"), "tlsPrivateKeyFile": o.path("serving-kubelet.key"),
		// Images come from archives; a failed pull of such a name must not make kubelet ask the registry again.
		"imagePullCredentialsVerificationPolicy": "NeverVerify",
		"featureGates":                           map[string]bool{"KubeletEnsureSecretPulledImages": true}, // off by default under an older release's number
	}
	if needsV1(cgroupRoot) {
		config["failCgroupV1"] = false
		config["localStorageCapacityIsolation"] = false
	}
	data, err := yaml.Marshal(config)
	if err != nil {
		return err
	}
	if err := pki.WriteFile(o.path("etc/kubelet.conf.d/00-k3s-defaults.conf"), data, 0o600); err != nil {
		return err
	}
	flags := map[string]string{
		"config-dir": o.path("etc/kubelet.conf.d"), "kubeconfig": o.path("kubelet.kubeconfig"),
		"hostname-override": o.NodeName, "node-ip": strings.Join(o.NodeIPs, ","), "cert-dir": o.path("pki"),
	}
	labels := append([]string{"node.kubernetes.io/instance-type=k3s"}, o.Values.List("node-label")...)
	flags["node-labels"] = strings.Join(labels, ",")
	if taints := o.Values.List("node-taint"); len(taints) > 0 {
		flags["register-with-taints"] = strings.Join(taints, ",")
	}
	return startInNamespace(group, "kubelet", args.Merge(flags, o.Values.List("kubelet-arg")))
}

// resolvConf is the first file with name servers that pods can reach: those on loopback are the host's own.
func (o *Options) resolvConf() (string, error) {
	if given := o.Values.Text("resolv-conf", ""); given != "" {
		return given, nil
	}
	for _, path := range []string{"/etc/resolv.conf", resolvedConf} {
		if usable(path) {
			return path, nil
		}
	}
	path := o.path("etc/resolv.conf")
	return path, pki.WriteFile(path, []byte("nameserver 8.8.8.8\n"), 0o644)
}

func usable(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	found := false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if ip := net.ParseIP(fields[1]); ip == nil || ip.IsLoopback() {
			return false
		}
		found = true
	}
	return found
}

func startProxy(group *child.Group, o *Options, cluster Cluster) error {
	_, err := group.Self("kube-proxy", args.Merge(map[string]string{
		"kubeconfig": o.path("kubeproxy.kubeconfig"), "cluster-cidr": cluster.ClusterIPRange, "hostname-override": o.NodeName,
		"proxy-mode": "iptables", "healthz-bind-address": "127.0.0.1",
		// As in K3s: the machine's connection tracking limits are not the node's business.
		"conntrack-max-per-core": "0", "conntrack-tcp-timeout-established": "0s", "conntrack-tcp-timeout-close-wait": "0s",
	}, o.Values.List("kube-proxy-arg")))
	return err
}
