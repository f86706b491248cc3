// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestContentIsWhatSopsHasEncrypted(t *testing.T) {
	raw := `{"kind":"SopsSecret","metadata":{"name":"a","namespace":"n","uid":"u","managedFields":[{}]},"spec":{"secretTemplates":[]},"sops":{"mac":"m"},"status":{"message":"x"}}`
	got, err := content(json.RawMessage(raw))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"SopsSecret","metadata":{"name":"a","namespace":"n"},"sops":{"mac":"m"},"spec":{"secretTemplates":[]}}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecretsGoWithTheObjectTheyComeFrom(t *testing.T) {
	var path string
	var sent map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		path = request.URL.String()
		_ = json.NewDecoder(request.Body).Decode(&sent)
		_, _ = answer.Write([]byte("{}"))
	}))
	defer server.Close()
	found := sopsSecret{}
	found.Metadata.Name, found.Metadata.Namespace, found.Metadata.UID = "a", "n", "u"
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	api := &client{base: server.URL, token: token}
	if err := api.apply(context.Background(), found, template{Name: "x", StringData: map[string]string{"k": "v"}}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(path, "/api/v1/namespaces/n/secrets/x?") || sent["data"].(map[string]any)["k"] != base64.StdEncoding.EncodeToString([]byte("v")) {
		t.Errorf("sent %v to %s", sent, path)
	}
}
