// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package snapshot

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// client connects to the endpoint with K3s's client library.
func (s *S3) client() (*minio.Client, error) {
	transport, err := minio.DefaultTransport(!s.Insecure)
	if err != nil {
		return nil, err
	}
	if s.SkipSSLVerify {
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	} else if s.EndpointCA != "" {
		if transport.TLSClientConfig, err = trusting(s.EndpointCA); err != nil {
			return nil, err
		}
	}
	if s.Proxy != "" {
		if transport.Proxy, err = through(s.Proxy); err != nil {
			return nil, err
		}
	}
	lookup := minio.BucketLookupAuto
	switch strings.ToLower(s.BucketLookup) {
	case "dns":
		lookup = minio.BucketLookupDNS
	case "path":
		lookup = minio.BucketLookupPath
	}
	return minio.New(s.Endpoint, &minio.Options{
		Creds:  credentials.NewStaticV4(s.AccessKey, s.SecretKey, s.SessionToken),
		Secure: !s.Insecure, Region: s.Region, Transport: transport, BucketLookup: lookup,
	})
}

// trusting reads certificates given as base64 of PEM or as paths, separated by spaces.
func trusting(authorities string) (*tls.Config, error) {
	pool, loaded := x509.NewCertPool(), false
	for _, text := range strings.Fields(authorities) {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			data, err = os.ReadFile(text)
		}
		if err != nil {
			return nil, err
		}
		loaded = pool.AppendCertsFromPEM(data) || loaded
	}
	if !loaded {
		return nil, errors.New("no certificates loaded from etcd-s3-endpoint-ca")
	}
	return &tls.Config{RootCAs: pool}, nil
}

// through uses a fixed proxy, or none when the name is "none".
func through(proxy string) (func(*http.Request) (*url.URL, error), error) {
	if proxy == "none" {
		return nil, nil
	}
	address, err := url.Parse(proxy)
	if err != nil {
		return nil, fmt.Errorf("failed to parse etcd-s3-proxy value as URL: %w", err)
	}
	if address.Scheme == "" || address.Host == "" {
		return nil, errors.New("proxy URL must include scheme and host")
	}
	return http.ProxyURL(address), nil
}
