// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package server starts and runs a K3s server over the real programs.
package server

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"github.com/sirupsen/logrus"
	"k8s.io/component-base/version"
	netutils "k8s.io/utils/net"

	"groundwork.platform/lab/k3s/internal/config"
	"groundwork.platform/lab/k3s/internal/nodeinfo"
)

// Options is a server's typed configuration.
type Options struct {
	Values     config.Values
	DataDir    string // /var/lib/rancher/k3s
	Folder     string // DataDir/server
	NodeName   string
	NodeIPs    []string
	Token      string
	AgentToken string
	JoinURL    string
	Port       string
	Critical   Critical
	ClusterDNS string
	Args       map[string][]string // extra arguments by program
}

// Critical are the settings that must be equal on all servers; the tag cli is the name of the setting.
type Critical struct {
	ClusterIPRange        string `cli:"cluster-cidr"`
	ServiceIPRange        string `cli:"service-cidr"`
	ClusterDNS            string `cli:"cluster-dns"`
	ClusterDomain         string `cli:"cluster-domain"`
	DisableCCM            bool   `cli:"disable-cloud-controller"`
	DisableHelmController bool   `cli:"disable-helm-controller"`
	DisableNPC            bool   `cli:"disable-network-policy"`
	DisableServiceLB      bool   `cli:"disable-service-lb"`
	EncryptSecrets        bool   `cli:"secrets-encryption"`
	EncryptProvider       string `cli:"secrets-encryption-provider"`
	EmbeddedRegistry      bool   `cli:"embedded-registry"`
	FlannelBackend        string `cli:"flannel-backend"`
	FlannelIPv6Masq       bool   `cli:"flannel-ipv6-masq"`
	FlannelExternalIP     bool   `cli:"flannel-external-ip"`
	EgressSelectorMode    string `cli:"egress-selector-mode"`
	SupervisorMetrics     bool   `cli:"supervisor-metrics"`
}

// NewOptions reads tokens from their files, fills in defaults and refuses impossible combinations.
func NewOptions(v config.Values) (*Options, error) {
	o := &Options{Values: v, DataDir: v.Text("data-dir", nodeinfo.DataDir), JoinURL: v.Text("server", ""), Port: v.Text("https-listen-port", "6443")}
	o.Folder = filepath.Join(o.DataDir, "server")
	if v.Bool("disable-etcd") && o.JoinURL == "" {
		return nil, errors.New("invalid flag use; --server is required with --disable-etcd")
	}
	if v.Text("cluster-reset-restore-path", "") != "" && !v.Bool("cluster-reset") {
		return nil, errors.New("invalid flag use; --cluster-reset required with --cluster-reset-restore-path")
	}
	for _, name := range []string{"disable-etcd", "disable-apiserver", "disable-controller-manager", "disable-scheduler", "datastore-endpoint"} {
		if v.Bool(name) || (name == "datastore-endpoint" && v.Text(name, "") != "") {
			return nil, fmt.Errorf("the K3s stand-in does not honour %s", name)
		}
	}
	var err error
	if o.Token, err = nodeinfo.Secret(v, "token"); err != nil {
		return nil, err
	}
	if o.AgentToken, err = nodeinfo.Secret(v, "agent-token"); err != nil {
		return nil, err
	}
	if o.NodeName, o.NodeIPs, err = nodeinfo.Node(v); err != nil {
		return nil, err
	}
	o.Args = map[string][]string{}
	for _, program := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"} {
		o.Args[program] = v.List(program + "-arg")
	}
	return o, o.setCritical()
}

func (o *Options) setCritical() error {
	v := o.Values
	serviceRange := strings.Join(v.List("service-cidr", "10.43.0.0/16"), ",")
	_, service, err := net.ParseCIDR(v.List("service-cidr", "10.43.0.0/16")[0])
	if err != nil {
		return fmt.Errorf("invalid service-cidr: %w", err)
	}
	tenth, err := netutils.GetIndexedIP(service, 10)
	if err != nil {
		return fmt.Errorf("cannot configure default cluster-dns address: %w", err)
	}
	o.ClusterDNS = v.List("cluster-dns", tenth.String())[0]
	disabled := v.List("disable")
	o.Critical = Critical{
		ClusterIPRange: strings.Join(v.List("cluster-cidr", "10.42.0.0/16"), ","), ServiceIPRange: serviceRange,
		ClusterDNS: o.ClusterDNS, ClusterDomain: v.Text("cluster-domain", "cluster.local"),
		DisableCCM: v.Bool("disable-cloud-controller"), DisableHelmController: v.Bool("disable-helm-controller"),
		DisableNPC: v.Bool("disable-network-policy"), DisableServiceLB: contains(disabled, "servicelb"),
		EncryptSecrets: v.Bool("secrets-encryption"), EncryptProvider: v.Text("secrets-encryption-provider", "aescbc"),
		EmbeddedRegistry: v.Bool("embedded-registry"), FlannelBackend: v.Text("flannel-backend", "vxlan"),
		FlannelIPv6Masq: v.Bool("flannel-ipv6-masq"), FlannelExternalIP: v.Bool("flannel-external-ip"),
		EgressSelectorMode: v.Text("egress-selector-mode", "agent"), SupervisorMetrics: v.Bool("supervisor-metrics"),
	}
	switch o.Critical.EgressSelectorMode {
	case "agent", "cluster", "pod", "disabled":
	default:
		return fmt.Errorf("invalid egress-selector-mode %s", o.Critical.EgressSelectorMode)
	}
	switch o.Critical.FlannelBackend {
	case "none", "host-gw":
	default:
		logrus.Warnf("The K3s stand-in has no flannel backend %s: it uses host-gw routes instead", o.Critical.FlannelBackend)
	}
	return nil
}

func contains(all []string, wanted string) bool {
	for _, item := range all {
		if strings.TrimSpace(item) == wanted {
			return true
		}
	}
	return false
}

// Version is what this build claims to be.
func Version() string { return version.Get().GitVersion }
