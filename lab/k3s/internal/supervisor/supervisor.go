// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package supervisor serves port 6443: K3s's own routes, and the real kube-apiserver for everything else.
package supervisor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
	clientv3 "go.etcd.io/etcd/client/v3"
	"golang.org/x/sys/unix"
	"k8s.io/client-go/kubernetes"

	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/pki"
	"groundwork.platform/lab/k3s/internal/snapshot"
	"groundwork.platform/lab/k3s/internal/token"
)

// Supervisor answers on the supervisor port.
type Supervisor struct {
	Folder     string // the server's data folder
	Passwd     *token.Passwd
	ServerCA   *pki.CA
	ClientCA   *pki.CA
	Config     any // what /v1-k3s/config answers
	Etcd       *clientv3.Client
	HasEtcd    bool
	Kubernetes kubernetes.Interface
	Snapshot   func(context.Context, snapshot.Request) (any, error)
	Rotate     func(newToken string) error
	ReplaceCAs func(given bootstrap.Files, force bool) error
	Proxy      http.Handler

	EncryptionState func(context.Context) (EncryptionState, error)
	Encrypt         func(EncryptionRequest) error

	started  atomic.Bool // etcd runs, the routes answer
	apiReady atomic.Bool // kube-apiserver has been ready
}

// Started opens the routes.
func (s *Supervisor) Started() { s.started.Store(true) }

// APIReady makes /v1-k3s/readyz answer ok and opens the way to kube-apiserver.
func (s *Supervisor) APIReady() { s.apiReady.Store(true) }

// Listen serves until ctx ends. Like K3s it shares the port with a second process of the same kind (SO_REUSEPORT).
func (s *Supervisor) Listen(ctx context.Context, address string, certificate tls.Certificate) error {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
		if err != nil {
			return err
		}
		return failed
	}}
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(s.ClientCA.PEM)
	server := &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: 30 * time.Second, ErrorLog: quiet(),
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{certificate}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: clients,
			NextProtos: []string{"h2", "http/1.1"},
		},
	}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	go func() {
		if err := server.ServeTLS(listener, "", ""); err != nil && ctx.Err() == nil {
			logrus.Fatalf("supervisor: %v", err)
		}
	}()
	return nil
}

func (s *Supervisor) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/cacerts", func(w http.ResponseWriter, _ *http.Request) { plain(w, s.ServerCA.PEM) })
	mux.HandleFunc("/ping", func(w http.ResponseWriter, _ *http.Request) { plain(w, []byte("pong")) })
	mux.Handle("/static/", http.StripPrefix("/static/", http.FileServer(http.Dir(s.Folder+"/static"))))
	for path, handler := range map[string]http.HandlerFunc{
		"/v1-k3s/server-bootstrap": get(s.serverBootstrap),
		"/v1-k3s/token":            put(s.token),
		"/v1-k3s/cert/cacerts":     put(s.authorities),
		"/v1-k3s/encrypt/status":   get(s.encryptionStatus),
		"/v1-k3s/encrypt/config":   put(s.encryptionConfig),
		"/db/snapshot":             post(s.snapshot),
	} {
		mux.HandleFunc(path, s.only(token.ServerRole, handler))
	}
	mux.HandleFunc("/db/info", s.loopbackOr(token.ServerRole, get(s.info)))
	for path, handler := range map[string]http.HandlerFunc{
		"/v1-k3s/config":                    get(func(w http.ResponseWriter, _ *http.Request) { answer(w, s.Config) }),
		"/v1-k3s/readyz":                    get(s.readyz),
		"/v1-k3s/apiservers":                get(s.apiservers),
		"/v1-k3s/client-ca.crt":             get(func(w http.ResponseWriter, _ *http.Request) { plain(w, s.ClientCA.PEM) }),
		"/v1-k3s/server-ca.crt":             get(func(w http.ResponseWriter, _ *http.Request) { plain(w, s.ServerCA.PEM) }),
		"/v1-k3s/serving-kubelet.crt":       post(s.servingKubelet),
		"/v1-k3s/client-kubelet.crt":        post(s.clientKubelet),
		"/v1-k3s/client-kube-proxy.crt":     post(s.clientFor("system:kube-proxy")),
		"/v1-k3s/client-k3s-controller.crt": post(s.clientFor("system:k3s-controller")),
	} {
		mux.HandleFunc(path, s.only(token.NodeRole, handler))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if !s.apiReady.Load() {
			refuse(w, r, http.StatusServiceUnavailable, "apiserver not ready")
			return
		}
		s.Proxy.ServeHTTP(w, r)
	})
	return mux
}

func get(next http.HandlerFunc) http.HandlerFunc { return method(http.MethodGet, next) }

func post(next http.HandlerFunc) http.HandlerFunc { return method(http.MethodPost, next) }

func put(next http.HandlerFunc) http.HandlerFunc { return method(http.MethodPut, next) }

func method(name string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != name {
			refuse(w, r, http.StatusMethodNotAllowed, "method not allowed")
			return
		}
		next(w, r)
	}
}

func plain(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write(data) // a client that went away is its own problem
}

func answer(w http.ResponseWriter, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}

// refuse answers with a Kubernetes Status and writes one line into the journal.
func refuse(w http.ResponseWriter, r *http.Request, code int, message string) {
	logrus.Errorf("Sending HTTP %d response to %s: %s", code, r.RemoteAddr, message)
	data, err := json.Marshal(map[string]any{
		"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure",
		"message": message, "reason": reason(code), "code": code,
	})
	if err != nil {
		data = []byte(fmt.Sprintf("%q", message))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(data)
}

func reason(code int) string {
	switch code {
	case http.StatusUnauthorized:
		return "Unauthorized"
	case http.StatusForbidden:
		return "Forbidden"
	case http.StatusServiceUnavailable:
		return "ServiceUnavailable"
	case http.StatusMethodNotAllowed:
		return "MethodNotAllowed"
	case http.StatusBadRequest:
		return "BadRequest"
	default:
		return "InternalError"
	}
}
