// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package supervisor

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"strings"

	"groundwork.platform/lab/k3s/internal/pki"
)

// Headers with which a node asks for its kubelet certificates.
const (
	HeaderName     = "K3s-Node-Name"
	HeaderPassword = "K3s-Node-Password"
	HeaderIP       = "K3s-Node-IP"
)

// requestKey returns the public key of the certificate request in the body.
func requestKey(r *http.Request) (crypto.PublicKey, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no certificate request in the body")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	return request.PublicKey, request.CheckSignature()
}

func sign(w http.ResponseWriter, r *http.Request, ca *pki.CA, who pki.Subject) {
	key, err := requestKey(r)
	if err != nil {
		refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	data, err := ca.Sign(who, key)
	if err != nil {
		refuse(w, r, http.StatusInternalServerError, err.Error())
		return
	}
	plain(w, data)
}

func (s *Supervisor) clientFor(user string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { sign(w, r, s.ClientCA, pki.Subject{Name: user}) }
}

func (s *Supervisor) servingKubelet(w http.ResponseWriter, r *http.Request) {
	name, ok := s.nodeName(w, r)
	if !ok {
		return
	}
	names := []string{name, "localhost", "127.0.0.1"}
	for _, address := range strings.Split(r.Header.Get(HeaderIP), ",") {
		if address != "" {
			names = append(names, address)
		}
	}
	sign(w, r, s.ServerCA, pki.Subject{Name: name, SANs: names, Server: true})
}

func (s *Supervisor) clientKubelet(w http.ResponseWriter, r *http.Request) {
	if name, ok := s.nodeName(w, r); ok {
		sign(w, r, s.ClientCA, pki.Subject{Name: "system:node:" + name, Groups: []string{nodesGroup}})
	}
}

// nodeName checks the node's password, which the first request of that name fixed.
func (s *Supervisor) nodeName(w http.ResponseWriter, r *http.Request) (string, bool) {
	name, password := strings.ToLower(r.Header.Get(HeaderName)), r.Header.Get(HeaderPassword)
	if name == "" || password == "" {
		refuse(w, r, http.StatusBadRequest, "node name and password not set")
		return "", false
	}
	if !s.apiReady.Load() {
		refuse(w, r, http.StatusServiceUnavailable, "runtime core not ready")
		return "", false
	}
	err := ensureNodePassword(r.Context(), s.Kubernetes, name, password)
	if errors.Is(err, errNodePassword) {
		refuse(w, r, http.StatusForbidden, err.Error())
		return "", false
	}
	if err != nil {
		refuse(w, r, http.StatusServiceUnavailable, err.Error())
		return "", false
	}
	return name, true
}
