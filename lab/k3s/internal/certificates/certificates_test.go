// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package certificates

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/pki"
)

// machine is a data folder with a CA, two of its leafs and an agent's certificate.
func machine(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	ca, err := pki.EnsureCA(filepath.Join(data, "server/tls/client-ca"), "test-ca")
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range []string{"server/tls/client-admin", "server/tls/client-scheduler", "agent/client-kubelet"} {
		if err := ca.EnsureLeaf(filepath.Join(data, leaf), pki.Subject{Name: leaf}); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestRotateBacksUpAndRemovesLeafsOnly(t *testing.T) {
	data := machine(t)
	set, err := Select(data, []string{"admin", "kubelet"})
	if err != nil {
		t.Fatal(err)
	}
	backup, err := set.Rotate(time.Unix(1000, 0))
	if err != nil || backup != filepath.Join(data, "server/tls-1000") {
		t.Fatalf("%s, %v", backup, err)
	}
	for path, want := range map[string]bool{
		"server/tls/client-admin.crt": false, "server/tls/client-admin.key": false, "agent/client-kubelet.crt": false,
		"server/tls/client-scheduler.crt": true, "server/tls/client-ca.key": true, "server/tls/" + Regenerate: false,
		"server/tls-1000/client-admin.key": true, "server/tls-1000/client-kubelet.crt": true, "server/tls-1000/client-ca.crt": true,
	} {
		if got := there(filepath.Join(data, path)); got != want {
			t.Errorf("%s exists: %v", path, got)
		}
	}
}

func TestAllServicesOfAServerReplaceTheSupervisorsCertificateToo(t *testing.T) {
	data := machine(t)
	set, err := Select(data, nil)
	if err != nil || !set.IsServer {
		t.Fatalf("%+v, %v", set, err)
	}
	if _, err := set.Rotate(time.Now()); err != nil || !there(filepath.Join(data, "server/tls", Regenerate)) {
		t.Errorf("no trigger, %v", err)
	}
	if _, err := Select(data, []string{"nonsense"}); err == nil {
		t.Error("unknown service accepted")
	}
}

func TestCheckGoesByTheTimeLeft(t *testing.T) {
	set, err := Select(machine(t), []string{"admin"})
	if err != nil {
		t.Fatal(err)
	}
	day := 24 * time.Hour
	for offset, want := range map[time.Duration]string{0: OK, 240 * day: OK, 250 * day: Warning, 370 * day: Expired, -2 * day: NotYetValid} {
		report := set.Check(time.Now().Add(offset))
		if len(report.Certificates) != 2 || report.Certificates[0].Status != want {
			t.Errorf("%v: %+v", offset, report)
		}
	}
}

// shared is the server CA of a new folder as bootstrap data.
func shared(t *testing.T) bootstrap.Files {
	t.Helper()
	folder := t.TempDir()
	if _, err := pki.EnsureCA(filepath.Join(folder, "tls/server-ca"), "test-ca"); err != nil {
		t.Fatal(err)
	}
	files, err := bootstrap.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	files["PasswdFile"] = bootstrap.File{Content: []byte("secret")}
	return files
}

func TestReplaceCAs(t *testing.T) {
	current, other := shared(t), shared(t)
	other["PasswdFile"] = bootstrap.File{Content: []byte("foreign")}
	replaced, refusal := ReplaceCAs(current, other)
	if refusal == nil || !strings.Contains(refusal.Error(), "only a single certificate") {
		t.Errorf("a foreign root: %v", refusal)
	}
	if !bytes.Equal(replaced["ServerCA"].Content, other["ServerCA"].Content) || string(replaced["PasswdFile"].Content) != "secret" {
		t.Error("not the CAs alone were replaced")
	}
	if same, refusal := ReplaceCAs(current, bootstrap.Files{}); refusal != nil || !bytes.Equal(same["ServerCA"].Content, current["ServerCA"].Content) {
		t.Errorf("nothing given: %v", refusal)
	}
	other["ServerCAKey"] = current["ServerCAKey"]
	if _, refusal := ReplaceCAs(current, other); refusal == nil || !strings.Contains(refusal.Error(), "cannot be loaded") {
		t.Errorf("a key of another CA: %v", refusal)
	}
}
