// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package snapshot

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPruneGoesByThePrefixAndTheTimeInTheName(t *testing.T) {
	folder := Folder{Path: t.TempDir(), Node: "n1"}
	for _, name := range []string{"auto-n1-300", "auto-n1-100.zip", "auto-n9-200", "hand-n1-50", "auto-n1-400" + Partial} {
		if err := os.WriteFile(filepath.Join(folder.Path, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if removed, err := folder.Prune("auto", 0); err != nil || removed != nil {
		t.Errorf("0 keeps all: %q, %v", removed, err)
	}
	removed, err := folder.Prune("auto", 1)
	slices.Sort(removed)
	if err != nil || !slices.Equal(removed, []string{"auto-n1-100.zip", "auto-n9-200"}) {
		t.Errorf("%q, %v", removed, err)
	}
	left, err := folder.List()
	if err != nil || len(left) != 2 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestObjectNames(t *testing.T) {
	local := File{Name: "auto-n1-300", Location: "file:///x/auto-n1-300", Node: "n1"}
	elsewhere := local
	elsewhere.Location = "file:///y/auto-n1-300"
	if !regexp.MustCompile(`^local-auto-n1-300-[0-9a-f]{6}$`).MatchString(local.ObjectName()) || local.ObjectName() == elsewhere.ObjectName() {
		t.Errorf("%s, %s", local.ObjectName(), elsewhere.ObjectName())
	}
	odd := File{Name: "my snapshot", Node: "n1", Created: time.Unix(300, 0), S3: &S3{}}
	if !regexp.MustCompile(`^s3-etcd-snapshot-n1-300-[0-9a-f]{6}$`).MatchString(odd.ObjectName()) || odd.Key() != "s3-my_snapshot" {
		t.Errorf("%s, %s", odd.ObjectName(), odd.Key())
	}
	for _, file := range []File{local, odd} {
		if object := file.Object("x"); object.Key() != file.Key() {
			t.Errorf("%s instead of %s", object.Key(), file.Key())
		}
	}
}

func TestObjectHasNoCredentials(t *testing.T) {
	object := File{Name: "a", Node: "n1", S3: &S3{Bucket: "b", AccessKey: "id", SecretKey: "secret"}}.Object("x")
	if *object.Spec.S3 != (S3Spec{Bucket: "b"}) || object.Labels[labelStorage] != storedInS3 {
		t.Errorf("%+v", object.Spec.S3)
	}
}

func TestExpired(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	at := func(ago time.Duration) *metav1.Time { return &metav1.Time{Time: now.Add(-ago)} }
	for name, c := range map[string]struct {
		object Object
		want   bool
	}{
		"gone":          {Object{}, true},
		"failed today":  {Object{Status: Status{Error: &Failure{Time: at(time.Hour)}}}, false},
		"failed before": {Object{Status: Status{Error: &Failure{Time: at(25 * time.Hour)}}}, true},
		"just uploaded": {Object{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: *at(time.Second)}, Spec: Spec{S3: &S3Spec{}}}, false},
	} {
		if got := c.object.expired(now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestArchive(t *testing.T) {
	t.Chdir(t.TempDir())
	path := filepath.Join(t.TempDir(), "auto-n1-300")
	if err := os.WriteFile(path, []byte("database"), mode); err != nil {
		t.Fatal(err)
	}
	archive, err := Compress(path, time.Unix(300, 0))
	if err != nil || archive != path+Zip {
		t.Fatal(archive, err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the snapshot is still there")
	}
	back, err := Uncompress(archive)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(back); err != nil || string(data) != "database" {
		t.Errorf("%q, %v", data, err)
	}
}
