// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Command sops-operator stands in for the SOPS Secrets Operator, whose module no proxy carries: it makes Secrets from
// SopsSecrets of the same CRD, with the real sops. See docs/decisions/0020-stand-in-of-the-sops-operator.md.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os/exec"
	"time"
)

const (
	every   = 2 * time.Second
	manager = "sops-secrets-operator"
	kinds   = "/apis/isindir.github.com/v1alpha3"
)

// sopsSecret is what the operator reads of an object.
type sopsSecret struct {
	Metadata struct {
		Name, Namespace, UID string
	} `json:"metadata"`
	Spec struct {
		Suspend         bool       `json:"suspend"`
		SecretTemplates []template `json:"secretTemplates"`
	} `json:"spec"`
	Status struct {
		Message string `json:"message"`
	} `json:"status"`
}

type template struct {
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StringData  map[string]string `json:"stringData"`
	Data        map[string]string `json:"data"`
}

func main() {
	account := flag.String("account", "/var/run/secrets/kubernetes.io/serviceaccount", "folder with token and ca.crt")
	flag.Parse()
	api, err := inCluster(*account)
	if err != nil {
		log.Fatal(err)
	}
	done := map[string]brought{}
	for ; ; time.Sleep(every) {
		if err := round(context.Background(), api, done); err != nil {
			log.Print(err)
		}
	}
}

// brought is what has become of an object: what was encrypted, and the Secrets' names, which are encrypted, too.
type brought struct {
	sum   [sha256.Size]byte
	names []string
}

// round brings every SopsSecret that is new or has changed to its Secrets, and those back that somebody removed.
func round(ctx context.Context, api *client, done map[string]brought) error {
	var list struct{ Items []json.RawMessage }
	if err := api.get(ctx, kinds+"/sopssecrets", &list); err != nil {
		return err
	}
	for _, raw := range list.Items {
		var found sopsSecret
		if err := json.Unmarshal(raw, &found); err != nil {
			return err
		}
		place := found.Metadata.Namespace + "/" + found.Metadata.Name
		encrypted, err := content(raw)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(encrypted)
		before, known := done[place]
		if found.Spec.Suspend || (known && before.sum == sum && api.haveAll(ctx, found.Metadata.Namespace, before.names)) {
			continue
		}
		message := "Healthy"
		names, err := bring(ctx, api, found, encrypted)
		if err != nil {
			log.Printf("%s: %v", place, err)
			message = err.Error()
		} else {
			done[place] = brought{sum, names}
		}
		if message != found.Status.Message {
			if err := api.status(ctx, found, message); err != nil {
				return err
			}
		}
	}
	return nil
}

// content is the object as sops has encrypted it, as far as that is left: without what the API server added.
func content(raw json.RawMessage) ([]byte, error) {
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, err
	}
	metadata, _ := object["metadata"].(map[string]any)
	object["metadata"] = map[string]any{"name": metadata["name"], "namespace": metadata["namespace"]}
	delete(object, "status")
	return json.Marshal(object)
}

// bring decrypts one object and applies its Secrets; their names.
func bring(ctx context.Context, api *client, found sopsSecret, encrypted []byte) ([]string, error) {
	// The API server has changed the object since its MAC was made; each value is still authenticated, with its place.
	command := exec.CommandContext(ctx, "sops", "decrypt", "--ignore-mac", "--input-type", "json", "--output-type", "json", "/dev/stdin")
	var complaint bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(encrypted), &complaint
	plain, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("Decryption error: %s", bytes.TrimSpace(complaint.Bytes()))
	}
	var decrypted sopsSecret
	if err := json.Unmarshal(plain, &decrypted); err != nil {
		return nil, err
	}
	var names []string
	for _, wanted := range decrypted.Spec.SecretTemplates {
		if err := api.apply(ctx, found, wanted); err != nil {
			return nil, err
		}
		names = append(names, wanted.Name)
	}
	return names, nil
}
