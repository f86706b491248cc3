// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package snapshot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/sirupsen/logrus"
)

// Names of the metadata of an object in S3.
const (
	metaCluster = "K3s-Cluster-Id"
	metaToken   = "K3s-Token-Hash"
	metaNode    = "K3s-Node-Name"
)

// Stamp is what an upload says about its origin.
type Stamp struct {
	Cluster   string // UID of the namespace kube-system
	Node      string
	TokenHash string
}

// Bucket is an existing bucket that can be used.
type Bucket struct {
	config *S3
	client *minio.Client
	stamp  Stamp
}

// Open checks that the bucket exists and may be used.
func Open(ctx context.Context, config *S3, stamp Stamp) (*Bucket, error) {
	if config.Bucket == "" {
		return nil, errors.New("s3 bucket name was not set")
	}
	client, err := config.client()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, config.Timeout)
	defer cancel()
	exists, err := client.BucketExists(ctx, config.Bucket)
	if err != nil {
		return nil, fmt.Errorf("failed to test for existence of bucket %s: %w", config.Bucket, err)
	}
	if !exists {
		return nil, fmt.Errorf("bucket %s does not exist", config.Bucket)
	}
	return &Bucket{config, client, stamp}, nil
}

func (b *Bucket) key(name string) string { return path.Join(b.config.Folder, name) }

// Upload stores a snapshot file. It describes the snapshot also when it fails.
func (b *Bucket) Upload(ctx context.Context, file string, created time.Time) (File, error) {
	name := filepath.Base(file)
	result := File{Name: name, Location: "s3://" + b.config.Bucket + "/" + b.key(name), Node: b.stamp.Node, Created: created, S3: b.config}
	options := minio.PutObjectOptions{
		NumThreads: 2, ContentType: "application/octet-stream",
		UserMetadata: map[string]string{metaCluster: b.stamp.Cluster, metaNode: b.stamp.Node, metaToken: b.stamp.TokenHash},
	}
	if strings.HasSuffix(name, Zip) {
		options.ContentType = "application/zip"
	}
	ctx, cancel := context.WithTimeout(ctx, b.config.Timeout)
	defer cancel()
	info, err := b.client.FPutObject(ctx, b.config.Bucket, b.key(name), file, options)
	if err != nil {
		result.Failure = err.Error()
		return result, err
	}
	result.Size, result.TokenHash = info.Size, b.stamp.TokenHash
	return result, nil
}

// Download fetches a snapshot into a folder and returns its path.
func (b *Bucket) Download(ctx context.Context, name, folder string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, b.config.Timeout)
	defer cancel()
	target := filepath.Join(folder, name)
	if err := b.client.FGetObject(ctx, b.config.Bucket, b.key(name), target, minio.GetObjectOptions{}); err != nil {
		return "", err
	}
	return target, os.Chmod(target, mode)
}

// List returns the snapshots of all servers by key.
func (b *Bucket) List(ctx context.Context) (map[string]File, error) {
	ctx, cancel := context.WithTimeout(ctx, b.config.Timeout)
	defer cancel()
	files := map[string]File{}
	for object := range b.client.ListObjects(ctx, b.config.Bucket, minio.ListObjectsOptions{Prefix: b.config.Folder, Recursive: true}) {
		if object.Err != nil {
			return nil, object.Err
		}
		if object.Size == 0 {
			continue
		}
		known, err := b.client.StatObject(ctx, b.config.Bucket, object.Key, minio.StatObjectOptions{})
		if err != nil {
			logrus.Warnf("Failed to get object metadata: %v", err)
			known = object
		}
		name := path.Base(object.Key)
		file := File{
			Name: name, Location: "s3://" + b.config.Bucket + "/" + object.Key, Node: or(known.UserMetadata[metaNode], storedInS3),
			Created: createdAt(name, object.LastModified), Size: object.Size, TokenHash: known.UserMetadata[metaToken], S3: b.config,
			age: object.LastModified,
		}
		files[file.Key()] = file
	}
	return files, nil
}

// Prune removes the snapshots of a prefix that were uploaded first, whichever server they are from, beyond the configured retention.
func (b *Bucket) Prune(ctx context.Context, prefix string) ([]string, error) {
	files, err := b.List(ctx)
	if err != nil {
		return nil, err
	}
	var removed []string
	for _, file := range superfluous(files, prefix, b.config.Retention) {
		if err := b.Delete(ctx, file.Name); err != nil {
			return removed, err
		}
		removed = append(removed, file.Name)
	}
	return removed, nil
}

// Delete removes one snapshot; os.ErrNotExist when there is none of this name.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, b.config.Timeout)
	defer cancel()
	_, err := b.client.StatObject(ctx, b.config.Bucket, b.key(name), minio.StatObjectOptions{})
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return os.ErrNotExist
	}
	if err != nil {
		return err
	}
	return b.client.RemoveObject(ctx, b.config.Bucket, b.key(name), minio.RemoveObjectOptions{})
}
