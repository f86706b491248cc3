// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// client speaks to the API server of the cluster that it runs in.
type client struct {
	base  string
	token string // file with the account's token
	http  http.Client
}

func inCluster(account string) (*client, error) {
	pem, err := os.ReadFile(filepath.Join(account, "ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	address := net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	return &client{base: "https://" + address, token: filepath.Join(account, "token"), http: http.Client{Transport: transport, Timeout: 20 * time.Second}}, nil
}

func (c *client) get(ctx context.Context, path string, into any) error {
	answer, err := c.ask(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

// haveAll says whether every Secret of an object exists.
func (c *client) haveAll(ctx context.Context, namespace string, names []string) bool {
	for _, name := range names {
		var secret struct{ Kind string }
		if err := c.get(ctx, "/api/v1/namespaces/"+namespace+"/secrets/"+name, &secret); err != nil {
			return false
		}
	}
	return true
}

// apply writes one Secret, which goes with the object that it comes from.
func (c *client) apply(ctx context.Context, found sopsSecret, wanted template) error {
	data := map[string]string{}
	for name, value := range wanted.Data {
		data[name] = value
	}
	for name, value := range wanted.StringData {
		data[name] = base64.StdEncoding.EncodeToString([]byte(value))
	}
	owner := map[string]any{
		"apiVersion": "isindir.github.com/v1alpha3", "kind": "SopsSecret", "name": found.Metadata.Name, "uid": found.Metadata.UID, "controller": true,
	}
	metadata := map[string]any{
		"name": wanted.Name, "namespace": found.Metadata.Namespace, "labels": wanted.Labels, "annotations": wanted.Annotations,
		"ownerReferences": []any{owner},
	}
	secret := map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}
	if wanted.Type != "" {
		secret["type"] = wanted.Type
	}
	path := "/api/v1/namespaces/" + found.Metadata.Namespace + "/secrets/" + wanted.Name + "?fieldManager=" + manager + "&force=true"
	_, err := c.ask(ctx, http.MethodPatch, path, "application/apply-patch+yaml", secret)
	return err
}

func (c *client) status(ctx context.Context, found sopsSecret, message string) error {
	path := kinds + "/namespaces/" + found.Metadata.Namespace + "/sopssecrets/" + found.Metadata.Name + "/status?fieldManager=" + manager
	_, err := c.ask(ctx, http.MethodPatch, path, "application/merge-patch+json", map[string]any{"status": map[string]string{"message": message}})
	return err
}

func (c *client) ask(ctx context.Context, method, path, kind string, body any) ([]byte, error) {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(c.token) // it is renewed
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s: HTTP %d: %.300s", method, path, answer.StatusCode, text)
	}
	return text, nil
}
