// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"groundwork.platform/lab/k3s/internal/supervisor"
)

// orphanAge is how long a node password may be there without its Node.
const orphanAge = 10 * time.Minute

// keepPasswords makes each Node the owner of its password's Secret, so that both go together, and removes Secrets whose
// Node never came (k3s-contract 2).
func (s *Server) keepPasswords(ctx context.Context, nodes []corev1.Node) error {
	secrets := s.kubernetes.CoreV1().Secrets(metav1.NamespaceSystem)
	found, err := secrets.List(ctx, metav1.ListOptions{FieldSelector: "type=" + supervisor.PasswordType})
	if err != nil {
		return err
	}
	owners := map[string]*corev1.Node{}
	for i := range nodes {
		owners[supervisor.PasswordSecret(nodes[i].Name)] = &nodes[i]
	}
	for _, secret := range found.Items {
		node := owners[secret.Name]
		switch {
		case node != nil && len(secret.OwnerReferences) == 0:
			patch, failed := json.Marshal(map[string]any{"metadata": map[string]any{"ownerReferences": []metav1.OwnerReference{supervisor.Owner(node)}}})
			if failed == nil {
				_, failed = secrets.Patch(ctx, secret.Name, types.MergePatchType, patch, metav1.PatchOptions{})
			}
			err = errors.Join(err, failed)
		case node == nil && time.Since(secret.CreationTimestamp.Time) > orphanAge:
			err = errors.Join(err, secrets.Delete(ctx, secret.Name, metav1.DeleteOptions{}))
		}
	}
	return err
}
