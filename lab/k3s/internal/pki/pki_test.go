// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package pki

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestLeafIsKeptUntilItsSubjectChanges(t *testing.T) {
	folder := t.TempDir()
	ca, err := EnsureCA(folder+"/ca", "test-ca")
	if err != nil {
		t.Fatal(err)
	}
	who := Subject{Name: "k3s", SANs: []string{"10.0.0.1", "node-1"}, Server: true}
	ensure := func() []byte {
		if err := ca.EnsureLeaf(folder+"/leaf", who); err != nil {
			t.Fatal(err)
		}
		return read(t, folder+"/leaf.crt")
	}
	first := ensure()
	if string(ensure()) != string(first) {
		t.Error("renewed for no reason")
	}
	who.SANs = append(who.SANs, "vip.example.org")
	if string(ensure()) == string(first) {
		t.Error("not renewed for a new name")
	}
	cert, err := parseCert(ensure())
	if err != nil {
		t.Fatal(err)
	}
	if err := cert.VerifyHostname("vip.example.org"); err != nil {
		t.Error(err)
	}
	if left := time.Until(cert.NotAfter); left > leafLife || left < leafLife-time.Minute {
		t.Errorf("valid for %v", left)
	}
	if info, err := os.Stat(folder + "/leaf.key"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v %v", info, err)
	}
}

func TestAnotherCAsLeafIsReplaced(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"one", "two"} {
		ca, err := EnsureCA(folder+"/"+name, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := ca.EnsureLeaf(folder+"/leaf", Subject{Name: "x"}); err != nil {
			t.Fatal(err)
		}
		cert, err := parseCert(read(t, folder+"/leaf.crt"))
		if err != nil {
			t.Fatal(err)
		}
		if err := cert.CheckSignatureFrom(ca.Cert); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// kube-controller-manager takes no chain to sign with.
func TestACAAloneIsItsFirstCertificate(t *testing.T) {
	folder := t.TempDir()
	ca, err := EnsureCA(filepath.Join(folder, "ca"), "test-ca")
	if err != nil {
		t.Fatal(err)
	}
	own := ca.PEM
	ca.PEM = append(own[:len(own):len(own)], own...)
	path := filepath.Join(folder, "alone.crt")
	if err := ca.WriteAlone(path); err != nil {
		t.Fatal(err)
	}
	if found, err := os.ReadFile(path); err != nil || !bytes.Equal(found, own) {
		t.Errorf("%s, %v", found, err)
	}
}
