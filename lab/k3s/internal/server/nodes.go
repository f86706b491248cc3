// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"groundwork.platform/lab/k3s/internal/etcd"
)

const (
	conditionVoter  = "EtcdIsVoter"
	labelEtcd       = "node-role.kubernetes.io/etcd"
	annotationLocal = "etcd.k3s.cattle.io/local-snapshots-timestamp"
	annotationS3    = "etcd.k3s.cattle.io/s3-snapshots-timestamp"
	nodePoll        = 2 * time.Second
	nodeRepeat      = time.Minute
	voterHeartbeat  = 5 * time.Minute
	tickWait        = 4 * time.Second
)

// keepNode keeps the server's labels and annotations on its own Node, which may come later or be deleted.
func (s *Server) keepNode(ctx context.Context) {
	patch, err := json.Marshal(map[string]any{"metadata": s.nodeMetadata()})
	if err != nil {
		logrus.Errorf("node labels: %v", err)
		return
	}
	staged := false
	for {
		wait := nodePoll
		_, err := s.kubernetes.CoreV1().Nodes().Patch(ctx, s.NodeName, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
		if err == nil && !staged {
			err = s.annotateState(ctx) // once: what changes it while this server runs annotates the Node itself
			staged = err == nil
		}
		if err == nil {
			wait = nodeRepeat
		} else if !apierrors.IsNotFound(err) && ctx.Err() == nil {
			logrus.Warnf("Failed to set labels of node %s: %v", s.NodeName, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (s *Server) nodeMetadata() map[string]any {
	labels := map[string]string{"node-role.kubernetes.io/control-plane": "true"}
	if s.standalone {
		return map[string]any{"labels": labels}
	}
	labels[labelEtcd] = "true"
	return map[string]any{
		"labels": labels, "finalizers": []string{memberFinalizer, nodeFinalizer},
		"annotations": map[string]any{
			annotationMember: s.Member.Name, "etcd.k3s.cattle.io/node-address": s.NodeIPs[0],
			annotationRemove: nil, annotationRemoved: nil, // a member that is back has left these behind
		},
	}
}

// onTick is called by the etcd leader's server: it writes the EtcdIsVoter condition of all Nodes that have a member,
// removes the members of Nodes that are being deleted and ties node passwords to their Nodes.
func (s *Server) onTick(voters []etcd.Voter) {
	ctx, cancel := context.WithTimeout(context.Background(), tickWait)
	defer cancel()
	nodes, err := s.kubernetes.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return // no API server yet; the next tick tries again
	}
	if err := s.keepPasswords(ctx, nodes.Items); err != nil {
		logrus.Warnf("Failed to keep node passwords: %v", err)
	}
	for i := range nodes.Items {
		node := &nodes.Items[i]
		for _, voter := range voters {
			if node.Name == voter.NodeName {
				s.setVoter(ctx, node, voter)
			}
		}
		if err := s.removeMember(ctx, node); err != nil {
			logrus.Errorf("Failed to remove the etcd member of node %s: %v", node.Name, err)
		}
	}
}

func (s *Server) setVoter(ctx context.Context, node *corev1.Node, voter etcd.Voter) {
	now := metav1.Now()
	condition := corev1.NodeCondition{
		Type: conditionVoter, Status: corev1.ConditionFalse, Reason: voter.Reason, Message: voter.Message,
		LastHeartbeatTime: now, LastTransitionTime: now,
	}
	if voter.IsVoter {
		condition.Status = corev1.ConditionTrue
	}
	for _, old := range node.Status.Conditions {
		if old.Type != conditionVoter || old.Status != condition.Status {
			continue
		}
		condition.LastTransitionTime = old.LastTransitionTime
		if old.Reason == condition.Reason && now.Sub(old.LastHeartbeatTime.Time) < voterHeartbeat {
			return
		}
	}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": []corev1.NodeCondition{condition}}})
	if err != nil {
		return
	}
	if _, err := s.kubernetes.CoreV1().Nodes().PatchStatus(ctx, node.Name, patch); err != nil {
		logrus.Warnf("Failed to set condition %s of node %s: %v", conditionVoter, node.Name, err)
	}
}
