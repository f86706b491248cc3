// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"groundwork.platform/lab/k3s/internal/pki"
)

// UserKubeconfig is where K3s leaves the administrator's access.
const UserKubeconfig = "/etc/rancher/k3s/k3s.yaml"

// kubeconfig returns a kubeconfig with the context default; the client certificate is given as path without suffix,
// embedded or by name.
func kubeconfig(address string, ca []byte, certificate string, embed bool) ([]byte, error) {
	user := &api.AuthInfo{ClientCertificate: certificate + ".crt", ClientKey: certificate + ".key"}
	if embed {
		crt, errCrt := os.ReadFile(certificate + ".crt")
		key, errKey := os.ReadFile(certificate + ".key")
		if err := errors.Join(errCrt, errKey); err != nil {
			return nil, err
		}
		user = &api.AuthInfo{ClientCertificateData: crt, ClientKeyData: key}
	}
	return clientcmd.Write(api.Config{
		Clusters:       map[string]*api.Cluster{"default": {Server: address, CertificateAuthorityData: ca}},
		AuthInfos:      map[string]*api.AuthInfo{"default": user},
		Contexts:       map[string]*api.Context{"default": {Cluster: "default", AuthInfo: "default"}},
		CurrentContext: "default",
	})
}

// writeUserKubeconfig writes k3s.yaml with the configured mode and group; with write-kubeconfig it lies there and
// k3s.yaml is a link to it.
func (o *Options) writeUserKubeconfig(ca *authorities) error {
	data, err := kubeconfig("https://127.0.0.1:"+o.Port, ca.server.PEM, o.tls("client-admin"), true)
	if err != nil {
		return err
	}
	path := o.Values.Text("write-kubeconfig", UserKubeconfig)
	mode := os.FileMode(0o600)
	if text := o.Values.Text("write-kubeconfig-mode", ""); text != "" {
		number, err := strconv.ParseUint(text, 8, 12)
		if err != nil {
			return err
		}
		mode = os.FileMode(number)
	}
	if err := pki.WriteFile(path, data, mode); err != nil {
		return err
	}
	if err := chownGroup(path, o.Values.Text("write-kubeconfig-group", "")); err != nil {
		return err
	}
	if path == UserKubeconfig {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(UserKubeconfig), 0o755); err != nil {
		return err
	}
	return link(path, UserKubeconfig)
}

func chownGroup(path, group string) error {
	if group == "" {
		return nil
	}
	id, err := strconv.Atoi(group)
	if err != nil {
		found, err := user.LookupGroup(group)
		if err != nil {
			return err
		}
		if id, err = strconv.Atoi(found.Gid); err != nil {
			return err
		}
	}
	return os.Chown(path, -1, id)
}
