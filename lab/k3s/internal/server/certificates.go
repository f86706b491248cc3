// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	utilnet "k8s.io/utils/net"

	"groundwork.platform/lab/k3s/internal/certificates"
	"groundwork.platform/lab/k3s/internal/pki"
)

// authorities are the CAs of a server.
type authorities struct {
	server, client, requestHeader, etcdServer, etcdPeer *pki.CA
}

// signing ends the name of a CA's own certificate without those that signed it: kube-controller-manager takes no chain to sign with.
const signing = ".nochain.crt"

func (o *Options) tls(name string) string { return filepath.Join(o.Folder, "tls", name) }

func (o *Options) ensureAuthorities() (*authorities, error) {
	var result authorities
	for _, ca := range []struct {
		target     **pki.CA
		path, name string
	}{
		{&result.server, "server-ca", "k3s-server-ca"}, {&result.client, "client-ca", "k3s-client-ca"},
		{&result.requestHeader, "request-header-ca", "k3s-request-header-ca"},
		{&result.etcdServer, "etcd/server-ca", "etcd-server-ca"}, {&result.etcdPeer, "etcd/peer-ca", "etcd-peer-ca"},
	} {
		var err error
		if *ca.target, err = pki.EnsureCA(o.tls(ca.path), ca.name); err != nil {
			return nil, err
		}
	}
	_, err := pki.EnsureKey(o.tls("service.key"))
	return &result, errors.Join(err, result.server.WriteAlone(o.tls("server-ca"+signing)), result.client.WriteAlone(o.tls("client-ca"+signing)))
}

// ensureLeafs writes the certificates of this server's own programs.
func (o *Options) ensureLeafs(ca *authorities) error {
	local := append([]string{"localhost", "127.0.0.1", "::1", o.NodeName}, o.NodeIPs...)
	masters := []string{"system:masters"}
	leafs := []struct {
		ca   *pki.CA
		path string
		who  pki.Subject
	}{
		{ca.client, "client-admin", pki.Subject{Name: "system:admin", Groups: masters}},
		{ca.client, "client-supervisor", pki.Subject{Name: "system:k3s-supervisor", Groups: masters}},
		{ca.client, "client-controller", pki.Subject{Name: "system:kube-controller-manager"}},
		{ca.client, "client-scheduler", pki.Subject{Name: "system:kube-scheduler"}},
		{ca.client, "client-kube-apiserver", pki.Subject{Name: "system:apiserver", Groups: masters}},
		{ca.client, "client-k3s-cloud-controller", pki.Subject{Name: "k3s-cloud-controller-manager"}},
		{ca.requestHeader, "client-auth-proxy", pki.Subject{Name: "system:auth-proxy"}},
		{ca.server, "serving-kube-apiserver", pki.Subject{Name: "kube-apiserver", SANs: o.names(), Server: true}},
		{ca.server, "kube-controller-manager/kube-controller-manager", pki.Subject{Name: "kube-controller-manager", SANs: local, Server: true}},
		{ca.server, "kube-scheduler/kube-scheduler", pki.Subject{Name: "kube-scheduler", SANs: local, Server: true}},
		{ca.etcdServer, "etcd/server-client", pki.Subject{Name: "etcd-server", SANs: local, Server: true}},
		{ca.etcdServer, "etcd/client", pki.Subject{Name: "etcd-client"}},
		{ca.etcdPeer, "etcd/peer-server-client", pki.Subject{Name: "etcd-peer", SANs: local, Server: true}},
	}
	for _, leaf := range leafs {
		if err := leaf.ca.EnsureLeaf(o.tls(leaf.path), leaf.who); err != nil {
			return err
		}
	}
	return nil
}

// names are the automatic names of the API's certificate and the configured tls-san.
func (o *Options) names() []string {
	all := []string{"localhost", "127.0.0.1", "::1", o.NodeName, "kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc." + o.Critical.ClusterDomain}
	if _, service, err := net.ParseCIDR(o.Values.List("service-cidr", "10.43.0.0/16")[0]); err == nil {
		if first, err := utilnet.GetIndexedIP(service, 1); err == nil {
			all = append(all, first.String())
		}
	}
	all = append(all, o.NodeIPs...)
	all = append(all, o.Values.List("node-external-ip")...)
	if address := o.Values.Text("advertise-address", ""); address != "" {
		all = append(all, address)
	}
	return append(all, o.Values.List("tls-san")...)
}

// servingSecret is the file form of the Secret kube-system/k3s-serving.
type servingSecret struct {
	Kind       string            `json:"kind"`
	APIVersion string            `json:"apiVersion"`
	Metadata   map[string]string `json:"metadata"`
	Type       string            `json:"type"`
	Data       map[string][]byte `json:"data"`
}

// serving returns the supervisor's certificate and caches it in tls/dynamic-cert.json, as K3s does.
func (o *Options) serving(ca *authorities) (tls.Certificate, error) {
	cache := o.tls("dynamic-cert.json")
	if trigger := o.tls(certificates.Regenerate); exists(trigger) {
		if err := errors.Join(os.Remove(trigger), os.RemoveAll(cache)); err != nil {
			return tls.Certificate{}, err
		}
	}
	folder, err := os.MkdirTemp(o.Folder, ".serving-")
	if err != nil {
		return tls.Certificate{}, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "cert")
	if data, err := os.ReadFile(cache); err == nil {
		var old servingSecret
		if json.Unmarshal(data, &old) == nil && len(old.Data["tls.key"]) > 0 {
			err = errors.Join(pki.WriteFile(path+".key", old.Data["tls.key"], 0o600), pki.WriteFile(path+".crt", old.Data["tls.crt"], 0o644))
			if err != nil {
				return tls.Certificate{}, err
			}
		}
	}
	if err := ca.server.EnsureLeaf(path, pki.Subject{Name: "k3s", Groups: []string{"k3s"}, SANs: o.names(), Server: true}); err != nil {
		return tls.Certificate{}, fmt.Errorf("serving certificate: %w", err)
	}
	certificate, errCert := os.ReadFile(path + ".crt")
	key, errKey := os.ReadFile(path + ".key")
	if err := errors.Join(errCert, errKey); err != nil {
		return tls.Certificate{}, err
	}
	data, err := json.Marshal(servingSecret{"Secret", "v1", map[string]string{"name": "k3s-serving", "namespace": "kube-system"},
		"kubernetes.io/tls", map[string][]byte{"tls.crt": certificate, "tls.key": key}})
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := pki.WriteFile(cache, data, 0o600); err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(certificate, key)
}
