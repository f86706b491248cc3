// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package snapshot knows etcd snapshots as files and as ETCDSnapshotFile objects: names, retention, archives (k3s-contract 5).
package snapshot

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

const (
	// Zip is the suffix of compressed snapshots.
	Zip = ".zip"
	// Scheduled and OnDemand are the prefixes of snapshots made by the schedule and by hand.
	Scheduled = "etcd-snapshot"
	OnDemand  = "on-demand"

	apiVersion      = "k3s.cattle.io/v1"
	kind            = "ETCDSnapshotFile"
	storedInS3      = "s3"
	labelStorage    = "etcd.k3s.cattle.io/snapshot-storage-node"
	annotationToken = "etcd.k3s.cattle.io/snapshot-token-hash"
	digestDigits    = 6
)

var unsafeInKeys = regexp.MustCompile(`[^-._a-zA-Z0-9]`)

// File is one snapshot, saved or failed.
type File struct {
	Name      string
	Location  string // file:///… or s3://bucket/key; empty when saving failed
	Node      string // whose etcd it shows
	Created   time.Time
	Size      int64
	TokenHash string // fingerprint of the server token that opens it; only known to who saved it
	Failure   string
	S3        *S3       // where it lies when not on the node
	age       time.Time // what the retention goes by: the time in the name, in S3 that of the upload
}

// Object is the ETCDSnapshotFile of a snapshot.
type Object struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              Spec   `json:"spec"`
	Status            Status `json:"status,omitempty"`
}

// Spec says which snapshot it is and where it lies.
type Spec struct {
	SnapshotName string  `json:"snapshotName"`
	NodeName     string  `json:"nodeName"`
	Location     string  `json:"location"`
	S3           *S3Spec `json:"s3,omitempty"`
}

// S3Spec is where in S3 a snapshot lies; it has no credentials.
type S3Spec struct {
	Endpoint      string `json:"endpoint,omitempty"`
	EndpointCA    string `json:"endpointCA,omitempty"`
	SkipSSLVerify bool   `json:"skipSSLVerify,omitempty"`
	Bucket        string `json:"bucket,omitempty"`
	Region        string `json:"region,omitempty"`
	Prefix        string `json:"prefix,omitempty"`
	Insecure      bool   `json:"insecure,omitempty"`
}

// Status says whether it can be used.
type Status struct {
	Size         *resource.Quantity `json:"size,omitempty"`
	CreationTime *metav1.Time       `json:"creationTime,omitempty"`
	ReadyToUse   *bool              `json:"readyToUse,omitempty"`
	Error        *Failure           `json:"error,omitempty"`
}

// Failure is why a snapshot was not saved.
type Failure struct {
	Time    *metav1.Time `json:"time,omitempty"`
	Message *string      `json:"message,omitempty"`
}

// List is what POST /db/snapshot answers to the operation list.
type List struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata"`
	Items           []Object `json:"items"`
}

// NewList describes snapshots under their keys, oldest first.
func NewList(files map[string]File) *List {
	list := &List{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "List"}, Items: []Object{}}
	for key, file := range files {
		list.Items = append(list.Items, file.Object(key))
	}
	slices.SortFunc(list.Items, func(a, b Object) int {
		return cmp.Or(a.Status.CreationTime.Compare(b.Status.CreationTime.Time), strings.Compare(a.Name, b.Name))
	})
	return list
}

// Key names a snapshot within its storage: local-… or s3-….
func (f File) Key() string {
	return f.storage() + "-" + unsafeInKeys.ReplaceAllString(f.Name, "_")
}

func (f File) storage() string {
	if f.S3 != nil {
		return storedInS3
	}
	return "local"
}

// ObjectName is the name of the ETCDSnapshotFile: <storage>-<snapshot>-<6 hex over node and location>.
func (f File) ObjectName() string {
	digest := sha256.Sum256([]byte(f.Node + f.Location))
	name := strings.ToLower(f.Name)
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		name = fmt.Sprintf("%s-%s-%d", Scheduled, f.Node, f.Created.Unix())
	}
	return f.storage() + "-" + name + "-" + hex.EncodeToString(digest[:])[:digestDigits]
}

// Object is the ETCDSnapshotFile under the given name.
func (f File) Object(name string) Object {
	created, ready := metav1.NewTime(f.Created), f.Failure == ""
	o := Object{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersion, Kind: kind},
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{labelStorage: f.Node}},
		Spec:       Spec{SnapshotName: f.Name, NodeName: f.Node, Location: f.Location},
		Status:     Status{Size: resource.NewQuantity(f.Size, resource.DecimalSI), CreationTime: &created, ReadyToUse: &ready},
	}
	if f.TokenHash != "" {
		o.Annotations = map[string]string{annotationToken: f.TokenHash}
	}
	if f.Failure != "" {
		o.Status.Error = &Failure{Time: &created, Message: &f.Failure}
	}
	if f.S3 != nil {
		o.Labels[labelStorage] = storedInS3
		o.Spec.S3 = f.S3.spec()
	}
	return o
}

// Key is the key of the snapshot that an ETCDSnapshotFile describes.
func (o Object) Key() string {
	f := File{Name: o.Spec.SnapshotName}
	if o.Spec.S3 != nil {
		f.S3 = &S3{}
	}
	return f.Key()
}

// NewName is <prefix>-<node>-<unix time>.
func NewName(prefix, node string, now time.Time) string {
	return fmt.Sprintf("%s-%s-%d", prefix, node, now.Unix())
}

// createdAt reads the time in a snapshot's name; fallback is for files that were named otherwise.
func createdAt(name string, fallback time.Time) time.Time {
	base := strings.TrimSuffix(name, Zip)
	seconds, err := strconv.ParseInt(base[strings.LastIndexByte(base, '-')+1:], 10, 64)
	if err != nil {
		return fallback
	}
	return time.Unix(seconds, 0)
}
