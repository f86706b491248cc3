// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package etcd runs this server's real etcd member and manages the membership (contract section 4).
package etcd

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v2"

	"groundwork.platform/lab/k3s/internal/child"
	"groundwork.platform/lab/k3s/internal/pki"
)

const (
	clientPort  = "2379"
	peerPort    = "2380"
	metricsURL  = "http://127.0.0.1:2381"
	httpURL     = "https://127.0.0.1:2382"
	heartbeatMs = 500
	electionMs  = 5000
)

// Member is this server's etcd member.
type Member struct {
	Folder        string // data folder, SRV/db/etcd
	TLS           string // SRV/tls/etcd
	NodeName      string
	Address       string // node IP
	ExposeMetrics bool
	ExtraArgs     []string
	Name          string // filled by EnsureName
}

// Initialized says whether the member has data.
func (m *Member) Initialized() bool {
	_, err := os.Stat(filepath.Join(m.Folder, "member", "wal"))
	return err == nil
}

// EnsureName reads the member's name or invents it: <node>-<8 hex>.
func (m *Member) EnsureName() error {
	file := filepath.Join(m.Folder, "name")
	data, err := os.ReadFile(file)
	if err == nil && len(data) > 0 {
		m.Name = string(data)
		return nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return m.Rename()
}

// Rename gives the member a new name.
func (m *Member) Rename() error {
	m.Name = m.newName()
	return m.writeName()
}

func (m *Member) newName() string {
	random := make([]byte, 4)
	rand.Read(random) // never fails, by its documentation
	return m.NodeName + "-" + hex.EncodeToString(random)
}

func (m *Member) writeName() error {
	if err := os.MkdirAll(m.Folder, 0o700); err != nil {
		return err
	}
	return pki.WriteFile(filepath.Join(m.Folder, "name"), []byte(m.Name), 0o600)
}

// PeerURL is where the other members reach this one.
func (m *Member) PeerURL() string { return "https://" + net.JoinHostPort(m.Address, peerPort) }

// ClientURL is where the other servers' supervisors reach this member.
func (m *Member) ClientURL() string { return "https://" + net.JoinHostPort(m.Address, clientPort) }

// LocalURL is where this server's own programs reach this member.
const LocalURL = "https://127.0.0.1:" + clientPort

// security is etcd's transport security section.
type security struct {
	Cert       string `yaml:"cert-file"`
	Key        string `yaml:"key-file"`
	ClientAuth bool   `yaml:"client-cert-auth"`
	CA         string `yaml:"trusted-ca-file"`
}

// Start writes the configuration and starts etcd. cluster is empty for a member that already has data or starts
// the first cluster, else "name=url,…" of all members.
func (m *Member) Start(group *child.Group, cluster string) (*child.Process, error) {
	state := "existing"
	if cluster == "" {
		cluster, state = m.Name+"="+m.PeerURL(), "new"
	}
	return m.run(group, filepath.Join(m.Folder, "config"), m.settings(cluster, state))
}

func (m *Member) settings(cluster, state string) map[string]any {
	metrics := metricsURL
	if m.ExposeMetrics {
		metrics += ",http://" + net.JoinHostPort(m.Address, "2381")
	}
	config := map[string]any{
		"name": m.Name, "data-dir": m.Folder,
		"listen-client-urls": LocalURL + "," + m.ClientURL(), "advertise-client-urls": m.ClientURL(),
		"listen-peer-urls": "https://127.0.0.1:" + peerPort + "," + m.PeerURL(), "initial-advertise-peer-urls": m.PeerURL(),
		"listen-metrics-urls": metrics, "listen-client-http-urls": httpURL,
		"initial-cluster": cluster, "initial-cluster-state": state,
		"heartbeat-interval": heartbeatMs, "election-timeout": electionMs, "snapshot-count": 10000,
		"logger": "zap", "log-level": "warn", "log-outputs": []string{"stderr"}, "socket-reuse-address": true, "socket-reuse-port": true,
		"client-transport-security": security{m.tls("server-client.crt"), m.tls("server-client.key"), true, m.tls("server-ca.crt")},
		"peer-transport-security":   security{m.tls("peer-server-client.crt"), m.tls("peer-server-client.key"), true, m.tls("peer-ca.crt")},
	}
	if m.Address == "127.0.0.1" {
		config["listen-client-urls"], config["listen-peer-urls"] = LocalURL, m.PeerURL()
	}
	return config
}

func (m *Member) tls(name string) string { return filepath.Join(m.TLS, name) }

func (m *Member) run(group *child.Group, file string, config map[string]any) (*child.Process, error) {
	for _, arg := range m.ExtraArgs {
		if key, value, found := strings.Cut(strings.TrimLeft(arg, "-"), "="); found {
			var typed any
			if err := yaml.Unmarshal([]byte(value), &typed); err != nil {
				return nil, err
			}
			config[key] = typed
		}
	}
	data, err := yaml.Marshal(config)
	if err != nil {
		return nil, err
	}
	if err := pki.WriteFile(file, data, 0o600); err != nil {
		return nil, err
	}
	return group.Self("etcd", []string{"--config-file=" + file})
}
