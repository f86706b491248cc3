// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package snapshot

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// K3s's defaults.
const (
	defaultEndpoint = "s3.amazonaws.com"
	defaultRegion   = "us-east-1"
	defaultTimeout  = 5 * time.Minute
	defaultKeep     = 5
)

// S3 is where and how snapshots are stored in S3; a request to the supervisor carries it, too.
type S3 struct {
	Endpoint      string        `json:"endpoint,omitempty"`
	EndpointCA    string        `json:"endpointCA,omitempty"` // paths or base64 of PEM, separated by spaces
	SkipSSLVerify bool          `json:"skipSSLVerify,omitempty"`
	Insecure      bool          `json:"insecure,omitempty"` // http instead of https
	AccessKey     string        `json:"accessKey,omitempty"`
	SecretKey     string        `json:"secretKey,omitempty"`
	SessionToken  string        `json:"sessionToken,omitempty"`
	Bucket        string        `json:"bucket,omitempty"`
	BucketLookup  string        `json:"bucketLookup,omitempty"`
	Region        string        `json:"region,omitempty"`
	Folder        string        `json:"folder,omitempty"`
	Proxy         string        `json:"proxy,omitempty"`
	ConfigSecret  string        `json:"configSecret,omitempty"` // Secret in kube-system with the settings
	Retention     int           `json:"retention,omitempty"`
	Timeout       time.Duration `json:"timeout,omitempty"`
}

// NewS3 reads the settings etcd-s3-* through get, which answers "" for what is not set: from a configuration or a Secret.
func NewS3(get func(name string) string) (*S3, error) {
	s := &S3{
		Endpoint: or(get("etcd-s3-endpoint"), defaultEndpoint), EndpointCA: get("etcd-s3-endpoint-ca"),
		SkipSSLVerify: get("etcd-s3-skip-ssl-verify") == "true", Insecure: get("etcd-s3-insecure") == "true",
		AccessKey: get("etcd-s3-access-key"), SecretKey: get("etcd-s3-secret-key"), SessionToken: get("etcd-s3-session-token"),
		Bucket: get("etcd-s3-bucket"), BucketLookup: get("etcd-s3-bucket-lookup-type"), Region: or(get("etcd-s3-region"), defaultRegion),
		Folder: get("etcd-s3-folder"), Proxy: get("etcd-s3-proxy"), ConfigSecret: get("etcd-s3-config-secret"),
	}
	var err error
	if s.Timeout, err = time.ParseDuration(or(get("etcd-s3-timeout"), defaultTimeout.String())); err != nil {
		return nil, fmt.Errorf("invalid etcd-s3-timeout: %w", err)
	}
	keep := or(get("etcd-s3-retention"), or(get("etcd-snapshot-retention"), strconv.Itoa(defaultKeep)))
	if s.Retention, err = strconv.Atoi(keep); err != nil {
		return nil, fmt.Errorf("invalid etcd-s3-retention: %w", err)
	}
	return s, nil
}

func or(value, fallback string) string {
	if value = strings.TrimSpace(value); value != "" {
		return value
	}
	return fallback
}

// Unset says whether nothing but the Secret's name and the retention was configured; only then the Secret counts.
func (s *S3) Unset() bool {
	bare := *s
	bare.ConfigSecret, bare.Retention = "", 0
	return bare == S3{Endpoint: defaultEndpoint, Region: defaultRegion, Timeout: defaultTimeout}
}

func (s *S3) spec() *S3Spec {
	return &S3Spec{Endpoint: s.Endpoint, EndpointCA: s.EndpointCA, SkipSSLVerify: s.SkipSSLVerify, Bucket: s.Bucket, Region: s.Region,
		Prefix: s.Folder, Insecure: s.Insecure}
}
