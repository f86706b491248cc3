// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package etcd

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/etcd/client/pkg/v3/transport"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

const dialTimeout = 5 * time.Second

// quickRetry makes a client find etcd soon after its start.
var quickRetry = backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 3 * time.Second}

// Client connects to etcd with the supervisor's client certificate.
func (m *Member) Client(endpoints ...string) (*clientv3.Client, error) {
	info := transport.TLSInfo{CertFile: m.tls("client.crt"), KeyFile: m.tls("client.key"), TrustedCAFile: m.tls("server-ca.crt")}
	config, err := info.ClientConfig()
	if err != nil {
		return nil, err
	}
	if len(endpoints) == 0 {
		endpoints = []string{LocalURL}
	}
	return clientv3.New(clientv3.Config{
		Endpoints: endpoints, TLS: config, DialTimeout: dialTimeout, Logger: zap.NewNop(),
		DialOptions:       []grpc.DialOption{grpc.WithConnectParams(grpc.ConnectParams{Backoff: quickRetry, MinConnectTimeout: dialTimeout})},
		DialKeepAliveTime: 30 * time.Second, DialKeepAliveTimeout: 10 * time.Second,
	})
}

// Test returns nil when this member is a voter, sees a leader and is listed under its name and peer URL; it then
// defragments the database and disarms alarms, as K3s does at each start.
func (m *Member) Test(ctx context.Context, client *clientv3.Client) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	endpoint := client.Endpoints()[0]
	quick, done := context.WithTimeout(ctx, statusWait)
	status, err := client.Status(quick, endpoint)
	done()
	if err != nil {
		return err
	}
	if status.IsLearner {
		return fmt.Errorf("this server has not yet been promoted from learner to voting member")
	}
	if status.Leader == 0 {
		return fmt.Errorf("etcd member has no leader")
	}
	members, err := client.MemberList(ctx)
	if err != nil {
		return err
	}
	var found []string
	listed := false
	for _, member := range members.Members {
		for _, url := range member.PeerURLs {
			found = append(found, member.Name+"="+url)
			listed = listed || (member.Name == m.Name && url == m.PeerURL())
		}
	}
	if !listed {
		return fmt.Errorf("this server is not a member of the etcd cluster. Found %v, expect: %s=%s", found, m.Name, m.PeerURL())
	}
	if _, err := client.Defragment(ctx, endpoint); err != nil {
		return err
	}
	return disarm(ctx, client)
}

func disarm(ctx context.Context, client *clientv3.Client) error {
	alarms, err := client.AlarmList(ctx)
	if err != nil {
		return err
	}
	for _, alarm := range alarms.Alarms {
		if _, err := client.AlarmDisarm(ctx, &clientv3.AlarmMember{MemberID: alarm.MemberID, Alarm: alarm.Alarm}); err != nil {
			return err
		}
	}
	return nil
}
