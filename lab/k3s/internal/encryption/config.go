// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package encryption reads and writes the configuration by which the API server encrypts Secrets, in K3s's form: one
// provider for keys, or two while they change, and identity; identity first means off (contract section 7).
package encryption

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"groundwork.platform/lab/k3s/internal/pki"
)

// The two kinds of keys, as secrets-encryption-provider names them.
const (
	AESCBC    = "aescbc"
	Secretbox = "secretbox"
)

const keyBytes = 32

// Config is the content of cred/encryption-config.json.
type Config struct {
	Enabled  bool // keys before identity
	Provider string
	AESCBC   []apiserverv1.Key
	Boxes    []apiserverv1.Key
}

// Load reads the file; without any key it is not enabled.
func Load(path, provider string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file apiserverv1.EncryptionConfiguration
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(file.Resources) == 0 || len(file.Resources[0].Providers) == 0 {
		return nil, fmt.Errorf("%s: no providers", path)
	}
	c := &Config{Enabled: file.Resources[0].Providers[0].Identity == nil, Provider: provider}
	for _, p := range file.Resources[0].Providers {
		if p.AESCBC != nil {
			c.AESCBC = p.AESCBC.Keys
		}
		if p.Secretbox != nil {
			c.Boxes = p.Secretbox.Keys
		}
	}
	return c, nil
}

// Hash is that of the file, as in the state file and the Node's annotation.
func Hash(path string) (string, error) {
	data, err := os.ReadFile(path)
	return fmt.Sprintf("%x", sha256.Sum256(data)), err
}

// Write replaces the file.
func (c *Config) Write(path string) error {
	data, err := c.encode()
	if err != nil {
		return err
	}
	return pki.WriteFile(path, data, 0o600)
}

func (c *Config) encode() ([]byte, error) {
	var keys []apiserverv1.ProviderConfiguration
	if len(c.AESCBC) > 0 {
		keys = append(keys, apiserverv1.ProviderConfiguration{AESCBC: &apiserverv1.AESConfiguration{Keys: c.AESCBC}})
	}
	if len(c.Boxes) > 0 {
		keys = append(keys, apiserverv1.ProviderConfiguration{Secretbox: &apiserverv1.SecretboxConfiguration{Keys: c.Boxes}})
	}
	if c.Provider == Secretbox {
		slices.Reverse(keys)
	}
	providers := []apiserverv1.ProviderConfiguration{{Identity: &apiserverv1.IdentityConfiguration{}}}
	if c.Enabled {
		providers = append(keys, providers...)
	} else {
		providers = append(providers, keys...)
	}
	return json.Marshal(apiserverv1.EncryptionConfiguration{
		TypeMeta:  metav1.TypeMeta{Kind: "EncryptionConfiguration", APIVersion: "apiserver.config.k8s.io/v1"},
		Resources: []apiserverv1.ResourceConfiguration{{Resources: []string{"secrets"}, Providers: providers}},
	})
}

// keys are those of the configured provider.
func (c *Config) keys() *[]apiserverv1.Key {
	if c.Provider == Secretbox {
		return &c.Boxes
	}
	return &c.AESCBC
}

// AddFirst gives a new cluster its key, AddLast adds one that only decrypts for now.
func (c *Config) AddFirst() { c.add(c.Provider + "key") }

// AddLast appends a new key; its name tells when, to the second.
func (c *Config) AddLast(now time.Time) { c.add(c.Provider + "key-" + now.Format(time.RFC3339)) }

func (c *Config) add(name string) {
	secret := make([]byte, keyBytes)
	rand.Read(secret) // never fails, by its documentation
	keys := c.keys()
	*keys = append(*keys, apiserverv1.Key{Name: name, Secret: base64.StdEncoding.EncodeToString(secret)})
}

// Rotate makes the last key the one that encrypts.
func (c *Config) Rotate() {
	keys := c.keys()
	last := len(*keys) - 1
	*keys = append(slices.Clone((*keys)[last:]), (*keys)[:last]...)
}

// DropOld removes the last key, of the other kind when the cluster has just changed from it. The only key stays.
func (c *Config) DropOld() {
	keys, others := &c.AESCBC, &c.Boxes
	if c.Provider == Secretbox {
		keys, others = others, keys
	}
	if len(*keys) == 1 {
		keys = others
	}
	if len(*keys) > 0 {
		*keys = (*keys)[:len(*keys)-1]
	}
}

// Names lists the keys, in the order in which they are tried, as K3s shows them; with encryption off the first one is
// not in use.
func (c *Config) Names() []string {
	var cbc, boxes []string
	for _, key := range c.AESCBC {
		cbc = append(cbc, "AES-CBC "+key.Name)
	}
	for _, key := range c.Boxes {
		boxes = append(boxes, "XSalsa20-POLY1305 "+key.Name)
	}
	if c.Provider == Secretbox {
		return append(boxes, cbc...)
	}
	return append(cbc, boxes...)
}
