// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package certificates is what "k3s certificate" does with a machine's certificates (contract section 7).
package certificates

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// serverCertificate is K3s's service of the supervisor's own certificate, which is kept in dynamic-cert.json.
const serverCertificate = "k3s-server"

var serverServices = []string{"api-server", "admin", "auth-proxy", "cloud-controller", "controller-manager", "etcd", "scheduler", "supervisor", serverCertificate}

var agentServices = []string{"kube-proxy", "kubelet", "k3s-controller"}

// leafs are the services' certificates below the data folder, without suffix.
var leafs = map[string][]string{
	"api-server":         {"server/tls/client-kube-apiserver", "server/tls/serving-kube-apiserver"},
	"admin":              {"server/tls/client-admin"},
	"auth-proxy":         {"server/tls/client-auth-proxy"},
	"cloud-controller":   {"server/tls/client-k3s-cloud-controller"},
	"controller-manager": {"server/tls/client-controller", "server/tls/kube-controller-manager/kube-controller-manager"},
	"etcd":               {"server/tls/etcd/client", "server/tls/etcd/server-client", "server/tls/etcd/peer-server-client"},
	"scheduler":          {"server/tls/client-scheduler", "server/tls/kube-scheduler/kube-scheduler"},
	"supervisor":         {"server/tls/client-supervisor"},
	serverCertificate:    nil,
	"kube-proxy":         {"agent/client-kube-proxy"},
	"kubelet":            {"agent/client-kubelet", "agent/serving-kubelet"},
	"k3s-controller":     {"agent/client-k3s-controller"},
}

// Set is the certificates of some services on one machine.
type Set struct {
	DataDir  string
	Services []string
	IsServer bool
}

// Select takes the named services, or all that fit the machine: a server's when there is a server's data folder.
func Select(dataDir string, services []string) (Set, error) {
	_, err := os.Stat(filepath.Join(dataDir, "server"))
	set := Set{DataDir: dataDir, Services: services, IsServer: err == nil}
	for _, service := range services {
		if _, known := leafs[service]; !known {
			return Set{}, fmt.Errorf("service %s is not recognized", service)
		}
	}
	if len(services) == 0 {
		set.Services = agentServices
		if set.IsServer {
			set.Services = slices.Concat(serverServices, agentServices)
		}
	}
	return set, nil
}

// paths are the set's certificates without suffix.
func (s Set) paths() []string {
	var paths []string
	for _, service := range s.Services {
		for _, leaf := range leafs[service] {
			paths = append(paths, filepath.Join(s.DataDir, leaf))
		}
	}
	return paths
}
