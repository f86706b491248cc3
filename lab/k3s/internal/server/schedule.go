// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/sirupsen/logrus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"groundwork.platform/lab/k3s/internal/snapshot"
)

const (
	snapshotSchedule  = "0 */12 * * *"
	snapshotReconcile = "10m"
	snapshotJitter    = 5 * time.Second
	snapshotWait      = 2 * time.Minute
)

// keepSnapshots makes scheduled snapshots and keeps the ETCDSnapshotFile objects up to date until ctx ends.
func (s *Server) keepSnapshots(ctx context.Context) {
	interval, err := time.ParseDuration(s.Values.Text("etcd-snapshot-reconcile-interval", snapshotReconcile))
	if err != nil {
		logrus.Errorf("invalid etcd-snapshot-reconcile-interval: %v", err)
		return
	}
	own, err := s.s3()
	if err != nil {
		logrus.Error(err)
		return
	}
	plan, err := s.snapshotPlan(snapshot.Request{S3: own})
	if err != nil {
		logrus.Error(err)
		return
	}
	if !s.Values.Bool("etcd-disable-snapshots") {
		jobs := cron.New()
		if _, err := jobs.AddFunc(s.Values.Text("etcd-snapshot-schedule-cron", snapshotSchedule), func() { s.scheduled(ctx, plan) }); err != nil {
			logrus.Errorf("invalid etcd-snapshot-schedule-cron: %v", err)
			return
		}
		jobs.Start()
		defer jobs.Stop()
	}
	for {
		wait := interval
		if err := s.firstReconcile(ctx, plan); err != nil {
			logrus.Warnf("Failed to reconcile ETCDSnapshotFile resources: %v", err)
			wait = nodePoll
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (s *Server) firstReconcile(ctx context.Context, plan snapshotPlan) error {
	if err := s.objects.Define(ctx); err != nil {
		return err
	}
	return s.reconcileSnapshots(ctx, plan, nil)
}

// scheduled makes one scheduled snapshot, a little later than the others' so that they do not all work at once.
func (s *Server) scheduled(ctx context.Context, plan snapshotPlan) {
	wait := snapshotWait
	if plan.s3 != nil {
		wait += plan.s3.Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	select {
	case <-ctx.Done():
		return
	case <-time.After(rand.N(snapshotJitter)):
	}
	if _, err := s.saveSnapshot(ctx, plan); err != nil {
		logrus.Errorf("Failed to take scheduled snapshot: %v", err)
	}
}

// noteSnapshots follows a change of the folder; what was asked for has happened, so its failure is only logged.
func (s *Server) noteSnapshots(ctx context.Context, p snapshotPlan, deleted []string) {
	if err := s.reconcileSnapshots(ctx, p, deleted); err != nil {
		logrus.Warnf("Error in etcd-snapshot handler: %v", err)
	}
}

// reconcileSnapshots makes the ETCDSnapshotFile objects of this node agree with its files, and forgets those of Nodes
// that are gone. A server without a Node only does the first.
func (s *Server) reconcileSnapshots(ctx context.Context, p snapshotPlan, deleted []string) error {
	files, err := p.folder.List()
	if err != nil {
		return err
	}
	storages := []string{s.NodeName}
	stamps := map[string]string{annotationLocal: time.Now().UTC().Format(time.RFC3339)}
	bucket, err := s.bucket(ctx, p)
	if err != nil {
		return err
	}
	if bucket != nil {
		stored, err := bucket.List(ctx)
		if err != nil {
			return err
		}
		maps.Copy(files, stored)
		storages = append(storages, "s3")
		stamps[annotationS3] = stamps[annotationLocal]
	}
	if err := s.objects.Reconcile(ctx, storages, files, deleted); err != nil {
		return err
	}
	if s.Values.Bool("disable-agent") {
		return nil
	}
	return s.noteReconciled(ctx, stamps)
}

// noteReconciled forgets the objects of Nodes that are gone and writes down when this Node's were brought up to date.
func (s *Server) noteReconciled(ctx context.Context, stamps map[string]string) error {
	nodes, err := s.kubernetes.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: labelEtcd + "=true"})
	if err != nil {
		return err
	}
	names := []string{s.NodeName}
	for _, node := range nodes.Items {
		names = append(names, node.Name)
	}
	if err := s.objects.Forget(ctx, names); err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": stamps}})
	if err != nil {
		return err
	}
	if _, err = s.kubernetes.CoreV1().Nodes().Patch(ctx, s.NodeName, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("note the time of the snapshots' reconciliation: %w", err)
	}
	return nil
}
