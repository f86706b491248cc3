// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/pager"

	"groundwork.platform/lab/k3s/internal/encryption"
)

const (
	annotationEncryption = "k3s.io/encryption-config-hash"
	controlPlane         = "node-role.kubernetes.io/control-plane=true"
	reloadMetric         = "apiserver_encryption_config_controller_automatic_reloads_total"
	reloadPoll           = time.Second
	reloadWait           = 2 * time.Minute
)

// annotateStage writes stage and hash of the configuration on disk onto this server's Node.
func (s *Server) annotateStage(ctx context.Context, stage string) error {
	hash, err := encryption.Hash(s.encryptionFile())
	if err != nil {
		return err
	}
	return s.annotate(ctx, stage+"-"+hash)
}

// annotateState writes the content of the state file onto this server's Node.
func (s *Server) annotateState(ctx context.Context) error {
	state, err := os.ReadFile(s.cred("encryption-state.json"))
	if err != nil {
		return err
	}
	return s.annotate(ctx, string(state))
}

func (s *Server) annotate(ctx context.Context, value string) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{annotationEncryption: value}}})
	if err != nil {
		return err
	}
	_, err = s.kubernetes.CoreV1().Nodes().Patch(ctx, s.NodeName, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

func (s *Server) stageOfNode(ctx context.Context) (string, error) {
	node, err := s.kubernetes.CoreV1().Nodes().Get(ctx, s.NodeName, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	value := node.Annotations[annotationEncryption]
	if value == "" {
		return "", fmt.Errorf("missing annotation on node %s", s.NodeName)
	}
	return value, nil
}

// verifyHashes refuses unless all servers' Nodes tell the same stage and hash, this server's stage is one of before, and
// its hash that of its file; an empty before asks for the first only.
func (s *Server) verifyHashes(ctx context.Context, before string) error {
	nodes, err := s.kubernetes.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: controlPlane})
	if err != nil {
		return err
	}
	var first *corev1.Node
	for i := range nodes.Items {
		node := &nodes.Items[i]
		hash, found := node.Annotations[annotationEncryption]
		switch {
		case !found:
		case first == nil:
			first = node
		case hash != first.Annotations[annotationEncryption]:
			return fmt.Errorf("hash does not match between %s and %s", first.Name, node.Name)
		}
	}
	if before == "" {
		return nil
	}
	annotation, err := s.stageOfNode(ctx)
	if err != nil {
		return err
	}
	hash, err := encryption.Hash(s.encryptionFile())
	if err != nil {
		return err
	}
	stage, annotated, _ := strings.Cut(annotation, "-")
	if !slices.Contains(strings.Fields(before), stage) {
		return fmt.Errorf("incorrect stage: %s found on node %s", stage, s.NodeName)
	}
	if annotated != hash {
		return fmt.Errorf("invalid hash: %s found on node %s", annotated, s.NodeName)
	}
	return nil
}

// rewriteSecrets updates every Secret with its own content: the API server encrypts it with the first key.
func (s *Server) rewriteSecrets(ctx context.Context) error {
	count := 0
	list := pager.New(pager.SimplePageFunc(func(options metav1.ListOptions) (runtime.Object, error) {
		return s.kubernetes.CoreV1().Secrets(metav1.NamespaceAll).List(ctx, options)
	}))
	err := list.EachListItem(ctx, metav1.ListOptions{}, func(object runtime.Object) error {
		secret, isSecret := object.(*corev1.Secret)
		if !isSecret {
			return fmt.Errorf("failed to convert %T to Secret", object)
		}
		_, err := s.kubernetes.CoreV1().Secrets(secret.Namespace).Update(ctx, secret, metav1.UpdateOptions{})
		if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			return fmt.Errorf("failed to update secret: %w", err)
		}
		count++
		return nil
	})
	logrus.Infof("reencrypted %d secrets", count)
	return err
}

// reloads is how often this server's API server has read its encryption configuration anew.
func (s *Server) reloads(ctx context.Context) (int, error) {
	data, err := s.kubernetes.Discovery().RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return 0, err
	}
	total := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, reloadMetric+"{") && strings.Contains(line, `status="success"`) {
			count, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndex(line, " "):]), 64)
			if err != nil {
				return 0, err
			}
			total += int(count)
		}
	}
	return total, nil
}

// waitReload waits until the API server, which looks at its file once a minute, has read it.
func (s *Server) waitReload(ctx context.Context, before int) error {
	ctx, cancel := context.WithTimeout(ctx, reloadWait)
	defer cancel()
	for {
		now, err := s.reloads(ctx)
		if err != nil {
			return err
		}
		if now > before {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("apiserver has not reloaded encryption configuration: %w", ctx.Err())
		case <-time.After(reloadPoll):
		}
	}
}
