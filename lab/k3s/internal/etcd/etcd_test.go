// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package etcd

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
)

func TestInitialCluster(t *testing.T) {
	joining := &Member{Name: "node-2-0000000b", NodeName: "node-2", Address: "10.0.0.2"}
	first := &etcdserverpb.Member{Name: "node-1-0000000a", PeerURLs: []string{"https://10.0.0.1:2380"}}
	added := &etcdserverpb.Member{PeerURLs: []string{"https://10.0.0.2:2380"}}
	old := &etcdserverpb.Member{Name: "node-2-0000000c", PeerURLs: []string{"https://10.0.0.9:2380"}}
	for name, c := range map[string]struct {
		members  []*etcdserverpb.Member
		cluster  string
		isMember bool
		err      error
	}{
		"new":                      {[]*etcdserverpb.Member{first}, "node-1-0000000a=https://10.0.0.1:2380", false, nil},
		"added before a crash":     {[]*etcdserverpb.Member{first, added}, "node-1-0000000a=https://10.0.0.1:2380,node-2-0000000b=https://10.0.0.2:2380", true, nil},
		"another of the same node": {[]*etcdserverpb.Member{first, old}, "", false, ErrDuplicate},
	} {
		cluster, isMember, err := joining.initialCluster(c.members)
		if strings.Join(cluster, ",") != c.cluster || isMember != c.isMember || !errors.Is(err, c.err) {
			t.Errorf("%s: %q %v %v", name, cluster, isMember, err)
		}
	}
}

func TestLearnerStalls(t *testing.T) {
	p := &progress{}
	start := time.Unix(0, 0)
	if p.stalled(1, 10, start) || p.stalled(1, 10, start.Add(learnerStall-time.Second)) {
		t.Error("given up too early")
	}
	if !p.stalled(1, 10, start.Add(learnerStall)) {
		t.Error("never given up")
	}
	if p.stalled(1, 11, start.Add(learnerStall)) || p.stalled(2, 0, start.Add(2*learnerStall)) {
		t.Error("progress or another learner does not start anew")
	}
}
