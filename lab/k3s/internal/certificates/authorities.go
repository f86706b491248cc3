// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package certificates

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"

	"groundwork.platform/lab/k3s/internal/bootstrap"
)

// serviceKey is the bootstrap name of the key that signs service accounts' tokens.
const serviceKey = "ServiceKey"

// ReplaceCAs returns the shared files with the given CAs, keys and service account key in their place, and why K3s
// would refuse them: a new CA must chain to the old one's root, a new service key must contain the old one.
func ReplaceCAs(current, given bootstrap.Files) (replaced bootstrap.Files, refusal error) {
	replaced = bootstrap.Files{}
	for name, file := range current {
		if other := given[name]; isCA(name) && len(other.Content) > 0 {
			file = other
		}
		replaced[name] = file
	}
	var problems []error
	for name := range current {
		if !isCA(name) || strings.HasSuffix(name, "CAKey") || bytes.Equal(current[name].Content, replaced[name].Content) {
			continue
		}
		check := checkCA
		if name == serviceKey {
			check = checkServiceKey
		}
		if err := check(current[name].Content, replaced[name].Content, replaced[name+"Key"].Content); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		}
	}
	return replaced, errors.Join(problems...)
}

func isCA(name string) bool {
	return name == serviceKey || strings.HasSuffix(name, "CA") || strings.HasSuffix(name, "CAKey")
}

func checkCA(old, next, key []byte) error {
	if _, err := tls.X509KeyPair(next, key); err != nil {
		return fmt.Errorf("new CA cert and key cannot be loaded as X590KeyPair: %w", err)
	}
	before, err := cert.ParseCertsPEM(old)
	if err != nil {
		return err
	}
	after, err := cert.ParseCertsPEM(next)
	if err != nil {
		return err
	}
	if len(after) == 1 {
		return errors.New("new CA bundle contains only a single certificate but should include root or intermediate CA certificates")
	}
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	for _, c := range before {
		if len(c.AuthorityKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, c.SubjectKeyId) {
			options.Roots.AddCert(c)
		} else {
			options.Intermediates.AddCert(c)
		}
	}
	for _, c := range after[1:] {
		options.Intermediates.AddCert(c)
	}
	if _, err := after[0].Verify(options); err != nil {
		return fmt.Errorf("new CA cert cannot be verified using old CA chain: %w", err)
	}
	return nil
}

func checkServiceKey(old, next, _ []byte) error {
	before, err := keyutil.ParsePublicKeysPEM(old)
	if err != nil {
		return err
	}
	after, err := keyutil.ParsePublicKeysPEM(next)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(after, func(key any) bool { return reflect.DeepEqual(key, before[0]) }) {
		return errors.New("old ServiceAccount signing key not in new ServiceAccount key list")
	}
	return nil
}
