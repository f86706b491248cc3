// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package agent

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"groundwork.platform/lab/k3s/internal/access"
	"groundwork.platform/lab/k3s/internal/pki"
	"groundwork.platform/lab/k3s/internal/supervisor"
	"groundwork.platform/lab/k3s/internal/token"
)

const (
	passwordFile  = "/etc/rancher/node/password"
	registerRetry = 2 * time.Second
)

// register gets the cluster's settings and this node's certificates. It retries for ever, as K3s's agent does.
func (o *Options) register(ctx context.Context) (Cluster, error) {
	for {
		cluster, err := o.tryRegister(ctx)
		if err == nil {
			return cluster, nil
		}
		logrus.Errorf("Failed to retrieve agent config: %v", err)
		select {
		case <-ctx.Done():
			return cluster, context.Cause(ctx)
		case <-time.After(registerRetry):
		}
	}
}

func (o *Options) tryRegister(ctx context.Context) (Cluster, error) {
	var cluster Cluster
	server, err := access.Connect(ctx, access.Options{URL: o.ServerURL, Token: o.Token, User: token.NodeUser, Cert: o.oldCertificate()})
	if err != nil {
		return cluster, fmt.Errorf("failed to validate connection to cluster at %s: %w", o.ServerURL, err)
	}
	data, err := server.Get(ctx, "/v1-k3s/config")
	if err != nil {
		return cluster, err
	}
	if err := json.Unmarshal(data, &cluster); err != nil {
		return cluster, err
	}
	password, err := nodePassword()
	if err != nil {
		return cluster, err
	}
	for _, name := range []string{"client-ca.crt", "server-ca.crt"} {
		if err := o.download(ctx, server, name); err != nil {
			return cluster, err
		}
	}
	header := http.Header{
		http.CanonicalHeaderKey(supervisor.HeaderName):     {o.NodeName},
		http.CanonicalHeaderKey(supervisor.HeaderPassword): {password},
		http.CanonicalHeaderKey(supervisor.HeaderIP):       {strings.Join(o.NodeIPs, ",")},
	}
	for _, name := range []string{"serving-kubelet", "client-kubelet", "client-kube-proxy", "client-k3s-controller"} {
		if err := o.certificate(ctx, server, name, header); err != nil {
			return cluster, fmt.Errorf("%s: %w", name, err)
		}
	}
	return cluster, o.writeKubeconfigs()
}

// oldCertificate is the kubelet's certificate of an earlier run: with it a node with a stale token still starts.
func (o *Options) oldCertificate() *tls.Certificate {
	certificate, err := tls.LoadX509KeyPair(o.path("client-kubelet.crt"), o.path("client-kubelet.key"))
	if err != nil {
		return nil
	}
	return &certificate
}

// nodePassword reads this machine's password, inventing it once.
func nodePassword() (string, error) {
	data, err := os.ReadFile(passwordFile)
	if err == nil {
		return strings.TrimSpace(string(data)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(passwordFile), 0o755); err != nil {
		return "", err
	}
	password := token.Random()
	return password, pki.WriteFile(passwordFile, []byte(password+"\n"), 0o600)
}

func (o *Options) download(ctx context.Context, server *access.Client, name string) error {
	data, err := server.Get(ctx, "/v1-k3s/"+name)
	if err != nil {
		return err
	}
	return pki.WriteFile(o.path(name), data, 0o644)
}

func (o *Options) certificate(ctx context.Context, server *access.Client, name string, header http.Header) error {
	key, err := pki.EnsureKey(o.path(name + ".key"))
	if err != nil {
		return err
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return err
	}
	body := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request})
	data, err := server.Do(ctx, http.MethodPost, "/v1-k3s/"+name+".crt", header.Clone(), body)
	if err != nil {
		return err
	}
	return pki.WriteFile(o.path(name+".crt"), data, 0o644)
}

// apiURL is where this node's programs reach the API.
func (o *Options) apiURL() string {
	if o.Balance {
		return "https://" + balancerAddress
	}
	return o.ServerURL
}

func (o *Options) writeKubeconfigs() error {
	for file, certificate := range map[string]string{"kubelet": "client-kubelet", "kubeproxy": "client-kube-proxy", "k3scontroller": "client-k3s-controller"} {
		data, err := clientcmd.Write(api.Config{
			Clusters:       map[string]*api.Cluster{"local": {Server: o.apiURL(), CertificateAuthority: o.path("server-ca.crt")}},
			AuthInfos:      map[string]*api.AuthInfo{"user": {ClientCertificate: o.path(certificate + ".crt"), ClientKey: o.path(certificate + ".key")}},
			Contexts:       map[string]*api.Context{"Default": {Cluster: "local", AuthInfo: "user", Namespace: "default"}},
			CurrentContext: "Default",
		})
		if err != nil {
			return err
		}
		if err := pki.WriteFile(o.path(file+".kubeconfig"), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
