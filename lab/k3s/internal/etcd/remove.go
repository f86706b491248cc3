// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package etcd

import (
	"context"
	"errors"
	"fmt"

	"github.com/sirupsen/logrus"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Remove takes a member out of the cluster; nil when it is out already. If it is the leader, which this server's own
// member is, leadership moves to another voter and that one's server removes it on its tick.
func (m *Member) Remove(ctx context.Context, client *clientv3.Client, name string) error {
	list, err := client.MemberList(ctx)
	if err != nil {
		return err
	}
	var id, other uint64
	for _, member := range list.Members {
		switch {
		case member.Name == name:
			id = member.ID
		case !member.IsLearner && member.Name != "":
			other = member.ID
		}
	}
	if id == 0 {
		return nil
	}
	if name == m.Name && other != 0 {
		if _, err := client.MoveLeader(ctx, other); err != nil {
			return fmt.Errorf("move leader: %w", err)
		}
		return errors.New("this member was the leader; the new leader's server removes it")
	}
	if _, err := client.MemberRemove(ctx, id); err != nil {
		return err
	}
	logrus.Infof("Removed etcd member %s", name)
	return nil
}
