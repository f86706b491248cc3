// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package etcd

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	joinRetry   = time.Second
	joinTimeout = 20 * time.Second
)

// ErrDuplicate is returned when another member belongs to a node of this name.
var ErrDuplicate = errors.New("duplicate node name found, please use a unique name for this node")

// Join adds this member as learner through the client URLs of existing members and returns the initial cluster
// string. It waits while another member is still joining or the cluster is not healthy.
func (m *Member) Join(ctx context.Context, clientURLs []string) (string, error) {
	client, err := m.Client(clientURLs...)
	if err != nil {
		return "", err
	}
	defer client.Close()
	for {
		cluster, err := m.tryJoin(ctx, client)
		if !errors.Is(err, rpctypes.ErrTooManyLearners) && !errors.Is(err, rpctypes.ErrUnhealthy) && !errors.Is(err, rpctypes.ErrMemberNotEnoughStarted) {
			return cluster, err
		}
		logrus.Infof("Waiting for other members to finish joining etcd cluster: %v", err)
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(joinRetry):
		}
	}
}

func (m *Member) tryJoin(ctx context.Context, client *clientv3.Client) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	list, err := client.MemberList(ctx)
	if err != nil {
		return "", err
	}
	cluster, isMember, err := m.initialCluster(list.Members)
	if err != nil {
		return "", err
	}
	if !isMember {
		if _, err := client.MemberAddAsLearner(ctx, []string{m.PeerURL()}); err != nil {
			return "", err
		}
		cluster = append(cluster, m.Name+"="+m.PeerURL())
	}
	return strings.Join(cluster, ","), nil
}

// initialCluster lists the members as "name=url" and says whether this one is already among them: a member that was
// added but never started has our address and no name yet.
func (m *Member) initialCluster(members []*etcdserverpb.Member) (cluster []string, isMember bool, err error) {
	for _, member := range members {
		name := member.Name
		ours := hasHost(member.PeerURLs, m.Address)
		if name == "" && ours {
			name = m.Name
		}
		if name == m.Name && ours {
			isMember = true
		}
		if name != m.Name && nodeOf(name) == m.NodeName {
			return nil, false, ErrDuplicate
		}
		if len(member.PeerURLs) > 0 {
			cluster = append(cluster, name+"="+member.PeerURLs[0])
		}
	}
	return cluster, isMember, nil
}

func hasHost(urls []string, host string) bool {
	for _, text := range urls {
		if u, err := url.Parse(text); err == nil && u.Hostname() == host {
			return true
		}
	}
	return false
}

// nodeOf cuts the random suffix off a member name.
func nodeOf(member string) string {
	if at := strings.LastIndex(member, "-"); at > 0 {
		return member[:at]
	}
	return member
}
