// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package etcd

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	learnerTick  = 5 * time.Second // K3s: 15 s
	learnerStall = 5 * time.Minute
	statusWait   = 2 * time.Second
)

// Voter is what the leader knows about a member: the content of the EtcdIsVoter condition.
type Voter struct {
	NodeName string
	Reason   string // MemberNotLearner, MemberIsLearner or StatusUnhealthy
	Message  string
	IsVoter  bool
}

// ManageLearners promotes learners while this member is the leader, until ctx ends. report is called on each of the
// leader's ticks with the state of all members.
func (m *Member) ManageLearners(ctx context.Context, client *clientv3.Client, report func([]Voter)) {
	tracker := &progress{}
	ticker := time.NewTicker(learnerTick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			m.manageOnce(ctx, client, tracker, report)
		}
	}
}

func (m *Member) manageOnce(ctx context.Context, client *clientv3.Client, tracker *progress, report func([]Voter)) {
	ctx, cancel := context.WithTimeout(ctx, learnerTick)
	defer cancel()
	status, err := client.Status(ctx, client.Endpoints()[0])
	if err != nil || status.Leader != status.Header.MemberId {
		return
	}
	list, err := client.MemberList(ctx)
	if err != nil {
		logrus.Warnf("Failed to get etcd members for learner management: %v", err)
		return
	}
	for _, member := range list.Members {
		if member.IsLearner {
			m.promote(ctx, client, member, tracker)
			break
		}
	}
	if list, err = client.MemberList(ctx); err != nil {
		return
	}
	voters := make([]Voter, 0, len(list.Members))
	for _, member := range list.Members {
		voters = append(voters, voterOf(ctx, client, member))
	}
	report(voters)
}

// promote makes a learner a voter once it has caught up (etcd itself refuses earlier), or evicts it after five
// minutes without progress.
func (m *Member) promote(ctx context.Context, client *clientv3.Client, learner *etcdserverpb.Member, tracker *progress) {
	var applied uint64
	if len(learner.ClientURLs) > 0 {
		if status, err := client.Status(ctx, learner.ClientURLs[0]); err == nil {
			applied = status.RaftAppliedIndex
		} else {
			logrus.Warnf("Failed to get status of learner %s: %v", learner.Name, err)
		}
	}
	if applied > 0 {
		if _, err := client.MemberPromote(ctx, learner.ID); err == nil {
			logrus.Infof("Promoted learner %s", learner.Name)
			return
		}
	}
	if tracker.stalled(learner.ID, applied, time.Now()) {
		logrus.Warnf("Removing learner %s from etcd cluster: no progress for %v", learner.Name, learnerStall)
		if _, err := client.MemberRemove(ctx, learner.ID); err != nil {
			logrus.Errorf("Failed to remove learner %s: %v", learner.Name, err)
		}
	}
}

// progress remembers when the learner last moved forward.
type progress struct {
	id      uint64
	applied uint64
	since   time.Time
}

func (p *progress) stalled(id, applied uint64, now time.Time) bool {
	if p.id != id || applied > p.applied {
		*p = progress{id, applied, now}
	}
	return now.Sub(p.since) >= learnerStall
}

func voterOf(ctx context.Context, client *clientv3.Client, member *etcdserverpb.Member) Voter {
	v := Voter{NodeName: nodeOf(member.Name), IsVoter: !member.IsLearner}
	if member.IsLearner {
		v.Reason, v.Message = "MemberIsLearner", "Node has not been promoted to voting member of the etcd cluster"
		return v
	}
	v.Reason, v.Message = "MemberNotLearner", "Node is a voting member of the etcd cluster"
	if len(member.ClientURLs) == 0 {
		return v
	}
	ctx, cancel := context.WithTimeout(ctx, statusWait)
	defer cancel()
	if _, err := client.Status(ctx, member.ClientURLs[0]); err != nil {
		v.IsVoter, v.Reason, v.Message = false, "MemberStatusUnhealthy", "Node is not reporting a healthy etcd status"
	}
	return v
}
