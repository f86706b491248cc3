// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package supervisor

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

const (
	passwordRounds = 4096
	passwordBytes  = 32
)

var errNodePassword = errors.New("unable to verify password for node: node password rejected, duplicate hostname or contents of " +
	"'/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag")

// PasswordType is the type of the Secrets that keep node passwords.
const PasswordType = "k3s.cattle.io/node-password"

// Owner refers to a Node as an owner.
func Owner(node *corev1.Node) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: "v1", Kind: "Node", Name: node.Name, UID: node.UID}
}

// PasswordSecret is the name of the Secret that keeps a node's password.
func PasswordSecret(node string) string { return node + ".node-password.k3s" }

// ensureNodePassword compares a node's password with the Secret <node>.node-password.k3s, which the node's first
// request creates; when the Node exists it owns the Secret, so that both go together.
func ensureNodePassword(ctx context.Context, client kubernetes.Interface, node, password string) error {
	name := PasswordSecret(node)
	secrets := client.CoreV1().Secrets("kube-system")
	secret, err := secrets.Get(ctx, name, metav1.GetOptions{})
	if err == nil {
		if !matches(string(secret.Data["hash"]), password) {
			return errNodePassword
		}
		return nil
	}
	if !apierrors.IsNotFound(err) {
		return err
	}
	immutable := true
	secret = &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Immutable: &immutable, Type: PasswordType,
		Data: map[string][]byte{"hash": []byte(hash(password, ""))},
	}
	if owner, err := client.CoreV1().Nodes().Get(ctx, node, metav1.GetOptions{}); err == nil {
		secret.OwnerReferences = []metav1.OwnerReference{Owner(owner)}
	}
	_, err = secrets.Create(ctx, secret, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// hash returns "<salt>:<hex>"; an empty salt is invented.
func hash(password, salt string) string {
	if salt == "" {
		data := make([]byte, 8)
		rand.Read(data) // never fails, by its documentation
		salt = hex.EncodeToString(data)
	}
	key, err := pbkdf2.Key(sha256.New, password, []byte(salt), passwordRounds, passwordBytes)
	if err != nil { // only wrong parameters fail
		panic(err)
	}
	return fmt.Sprintf("%s:%x", salt, key)
}

func matches(stored, password string) bool {
	salt, _, _ := strings.Cut(stored, ":")
	return subtle.ConstantTimeCompare([]byte(stored), []byte(hash(password, salt))) == 1
}
