// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"groundwork.platform/lab/k3s/internal/pki"
)

const (
	memberFinalizer   = "wrangler.cattle.io/managed-etcd-controller"
	nodeFinalizer     = "wrangler.cattle.io/node"
	annotationMember  = "etcd.k3s.cattle.io/node-name"
	annotationRemove  = "etcd.k3s.cattle.io/remove"
	annotationRemoved = "etcd.k3s.cattle.io/removed-node-name"
	tombstone         = "tombstone"
)

// removeMember takes a Node's member out of the cluster when the Node is being deleted or annotated for it.
func (s *Server) removeMember(ctx context.Context, node *corev1.Node) error {
	member := node.Annotations[annotationMember]
	deleted := node.DeletionTimestamp != nil && slices.Contains(node.Finalizers, memberFinalizer)
	annotated := node.Annotations[annotationRemove] == "true" && node.Annotations[annotationRemoved] != member
	if member == "" || !deleted && !annotated {
		return nil
	}
	if err := s.Member.Remove(ctx, s.etcd, member); err != nil {
		return err
	}
	var change map[string]any
	if deleted {
		others := slices.DeleteFunc(slices.Clone(node.Finalizers), func(name string) bool { return name == memberFinalizer || name == nodeFinalizer })
		change = map[string]any{"finalizers": others}
	} else {
		change = map[string]any{"annotations": map[string]string{annotationRemoved: member}}
	}
	patch, err := json.Marshal(map[string]any{"metadata": change})
	if err != nil {
		return err
	}
	_, err = s.kubernetes.CoreV1().Nodes().Patch(ctx, node.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// watchChildren ends this server when a child ends by itself. Only etcd ends well by itself: when its member was
// removed from the cluster. Then the server stays up, as K3s does, and rejoins at its next start.
func (s *Server) watchChildren(ctx context.Context, cancel context.CancelCauseFunc) {
	for {
		select {
		case <-ctx.Done():
			return
		case failure := <-s.Group.Failed:
			if failure.Name == "etcd" && failure.Code == 0 {
				s.removed.Store(true)
				if err := pki.WriteFile(filepath.Join(s.Member.Folder, tombstone), nil, 0o600); err != nil {
					logrus.Error(err)
				}
				logrus.Info("This node has been removed from the cluster - please restart k3s to rejoin the cluster")
				_ = s.etcd.Close() // so that /db/info answers 500 at once (k3s-contract 4)
			} else if s.removed.Load() {
				logrus.Warn(failure)
			} else {
				cancel(failure)
			}
		}
	}
}

// leaveTombstone puts the data of a removed member aside, so that this start joins anew.
func (s *Server) leaveTombstone() error {
	if !exists(filepath.Join(s.Member.Folder, tombstone)) {
		return nil
	}
	logrus.Infof("tombstone file has been detected, removing %s to rejoin the cluster", filepath.Join(s.Folder, "db"))
	return os.Rename(s.Member.Folder, filepath.Join(s.Folder, "db", fmt.Sprintf("etcd-backup-%d", time.Now().Unix())))
}
