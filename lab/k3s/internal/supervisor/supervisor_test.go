// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package supervisor

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"groundwork.platform/lab/k3s/internal/pki"
	"groundwork.platform/lab/k3s/internal/token"
)

func newSupervisor(t *testing.T) *Supervisor {
	t.Helper()
	ca, err := pki.EnsureCA(t.TempDir()+"/ca", "test")
	if err != nil {
		t.Fatal(err)
	}
	passwd, err := token.ReadPasswd(t.TempDir() + "/none")
	if err != nil {
		t.Fatal(err)
	}
	passwd.Ensure(token.ServerUser, token.ServerRole, "s")
	passwd.Ensure(token.NodeUser, token.NodeRole, "n")
	return &Supervisor{Passwd: passwd, ServerCA: ca, ClientCA: ca, Folder: t.TempDir(), Config: struct{}{},
		Proxy: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })}
}

func TestCodesByRole(t *testing.T) {
	s := newSupervisor(t)
	ask := func(path, user, password, remote string) int {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.RemoteAddr = remote + ":1"
		if user != "" {
			request.SetBasicAuth(user, password)
		}
		recorder := httptest.NewRecorder()
		s.routes().ServeHTTP(recorder, request)
		return recorder.Code
	}
	if got := ask("/v1-k3s/token", "server", "s", "10.0.0.9"); got != http.StatusServiceUnavailable {
		t.Errorf("before etcd: %d", got)
	}
	s.Started()
	for _, c := range []struct {
		path, user, password string
		want                 int
	}{
		{"/ping", "", "", 200}, {"/cacerts", "", "", 200},
		{"/v1-k3s/token", "server", "s", 405}, {"/v1-k3s/token", "server", "x", 401}, {"/v1-k3s/token", "node", "n", 403},
		{"/v1-k3s/token", "", "", 403}, {"/v1-k3s/token", "nobody", "s", 401},
		{"/v1-k3s/config", "node", "n", 200}, {"/v1-k3s/config", "server", "s", 403},
		{"/v1-k3s/readyz", "node", "n", 503}, {"/db/info", "", "", 403}, {"/db/info", "node", "n", 403},
		{"/version", "", "", 503},
	} {
		if got := ask(c.path, c.user, c.password, "10.0.0.9"); got != c.want {
			t.Errorf("%s as %s:%s = %d, want %d", c.path, c.user, c.password, got, c.want)
		}
	}
	if got := ask("/db/info", "", "", "127.0.0.1"); got != http.StatusBadRequest { // no etcd datastore here
		t.Errorf("/db/info on loopback = %d", got)
	}
	s.APIReady()
	if got := ask("/version", "", "", "10.0.0.9"); got != http.StatusTeapot {
		t.Errorf("API = %d", got)
	}
	if got := ask("/v1-k3s/readyz", "node", "n", "10.0.0.9"); got != 200 {
		t.Errorf("readyz = %d", got)
	}
}

func TestClientsCannotNameThemselves(t *testing.T) {
	in := httptest.NewRequest(http.MethodGet, "/", nil)
	out := in.Clone(in.Context())
	out.Header.Set("X-Remote-User", "system:admin")
	out.Header.Set("X-Remote-Extra-Scopes", "all")
	setUser(in, out)
	if len(out.Header) != 0 {
		t.Errorf("passed on: %v", out.Header)
	}
}

func TestNodePasswordHash(t *testing.T) {
	stored := hash("secret", "")
	if !matches(stored, "secret") || matches(stored, "other") {
		t.Error("hash does not tell passwords apart")
	}
}
