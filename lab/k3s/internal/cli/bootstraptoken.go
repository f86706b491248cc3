// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	bootstrapapi "k8s.io/cluster-bootstrap/token/api"
	bootstraputil "k8s.io/cluster-bootstrap/token/util"

	"groundwork.platform/lab/k3s/internal/config"
	"groundwork.platform/lab/k3s/internal/server"
	"groundwork.platform/lab/k3s/internal/token"
)

const (
	defaultTTL   = "24h0m0s"
	defaultGroup = "system:bootstrappers:k3s:default-node-token"
)

// tokenSecrets are where the API keeps bootstrap tokens, and the CA that agents must expect.
func tokenSecrets(values config.Values) (corev1client.SecretInterface, []byte, error) {
	settings, err := clientcmd.BuildConfigFromFlags("", values.Text("kubeconfig", server.UserKubeconfig))
	if err != nil {
		return nil, nil, err
	}
	if err := rest.LoadTLSFiles(settings); err != nil {
		return nil, nil, err
	}
	client, err := kubernetes.NewForConfig(settings)
	if err != nil {
		return nil, nil, err
	}
	return client.CoreV1().Secrets(metav1.NamespaceSystem), settings.CAData, nil
}

func createToken(ctx context.Context, values config.Values, rest []string) error {
	text, err := wantedToken(rest)
	if err != nil {
		return err
	}
	ttl, err := time.ParseDuration(values.Text("ttl", defaultTTL))
	if err != nil {
		return err
	}
	id, secret, _ := strings.Cut(text, ".")
	data := map[string]string{
		bootstrapapi.BootstrapTokenIDKey: id, bootstrapapi.BootstrapTokenSecretKey: secret,
		bootstrapapi.BootstrapTokenExtraGroupsKey: strings.Join(values.List("groups", defaultGroup), ","),
	}
	if ttl > 0 {
		data[bootstrapapi.BootstrapTokenExpirationKey] = time.Now().UTC().Add(ttl).Format(time.RFC3339)
	}
	if description := values.Text("description", ""); description != "" {
		data[bootstrapapi.BootstrapTokenDescriptionKey] = description
	}
	for _, usage := range values.List("usages", bootstrapapi.KnownTokenUsages...) {
		data[bootstrapapi.BootstrapTokenUsagePrefix+usage] = "true"
	}
	secrets, ca, err := tokenSecrets(values)
	if err != nil {
		return err
	}
	_, err = secrets.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: bootstraputil.BootstrapTokenSecretName(id)},
		Type:       bootstrapapi.SecretTypeBootstrapToken, StringData: data,
	}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("a token with id %q already exists", id)
	}
	if err == nil {
		fmt.Println(token.FormatBearer(token.HashCA(ca), text))
	}
	return err
}

// wantedToken is the token on the command line, or a new one.
func wantedToken(rest []string) (string, error) {
	if len(rest) == 0 {
		return bootstraputil.GenerateBootstrapToken()
	}
	info, err := token.Parse(rest[0])
	if err == nil && info.Bearer == "" {
		err = fmt.Errorf("the bootstrap token %q was not of the form %q", rest[0], bootstrapapi.BootstrapTokenPattern)
	}
	return info.Bearer, err
}

func generateToken(context.Context, config.Values, []string) error {
	text, err := bootstraputil.GenerateBootstrapToken()
	if err == nil {
		fmt.Println(text)
	}
	return err
}

func deleteTokens(ctx context.Context, values config.Values, rest []string) error {
	if len(rest) == 0 {
		return errors.New("missing argument; 'token delete' is missing token")
	}
	secrets, _, err := tokenSecrets(values)
	if err != nil {
		return err
	}
	for _, id := range rest {
		if !bootstraputil.IsValidBootstrapTokenID(id) {
			return fmt.Errorf("given token didn't match pattern %q or %q", bootstrapapi.BootstrapTokenIDPattern, bootstrapapi.BootstrapTokenIDPattern)
		}
		if err := secrets.Delete(ctx, bootstraputil.BootstrapTokenSecretName(id), metav1.DeleteOptions{}); err != nil {
			return fmt.Errorf("failed to delete bootstrap token %q: %w", id, err)
		}
		fmt.Printf("bootstrap token %q deleted\n", id)
	}
	return nil
}
