// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package snapshot

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

const (
	failureTTL = 24 * time.Hour // how long a failed snapshot stays listed
	s3Race     = time.Minute    // how long an object may describe an upload that the bucket's list does not show yet
)

//go:embed crd.yaml
var definition []byte

var (
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	resources   = schema.GroupVersionResource{Group: "k3s.cattle.io", Version: "v1", Resource: "etcdsnapshotfiles"}
)

// Objects are the cluster's ETCDSnapshotFile objects.
type Objects struct {
	Client dynamic.Interface
}

// Define creates the custom resource definition unless it is there.
func (o Objects) Define(ctx context.Context) error {
	var crd unstructured.Unstructured
	if err := yaml.Unmarshal(definition, &crd.Object); err != nil {
		return err
	}
	_, err := o.Client.Resource(definitions).Create(ctx, &crd, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// Put creates the object of a snapshot; one that is there describes the same snapshot.
func (o Objects) Put(ctx context.Context, file File) error {
	object := file.Object(file.ObjectName())
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&object)
	if err != nil {
		return err
	}
	_, err = o.Client.Resource(resources).Create(ctx, &unstructured.Unstructured{Object: content}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

func (o Objects) list(ctx context.Context, selector string) ([]Object, error) {
	found, err := o.Client.Resource(resources).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	objects := make([]Object, len(found.Items))
	for i, item := range found.Items {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &objects[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", item.GetName(), err)
		}
	}
	return objects, nil
}

// Reconcile makes the objects of the given storages (a node's name or s3) agree with the snapshots that were found
// there. Those in deleted go at once, failed ones after a day.
func (o Objects) Reconcile(ctx context.Context, storages []string, files map[string]File, deleted []string) error {
	objects, err := o.list(ctx, labelStorage+" in ("+strings.Join(storages, ",")+")")
	if err != nil {
		return err
	}
	var failed error
	known := map[string]bool{}
	for _, object := range objects {
		file, found := files[object.Key()]
		if found && file.ObjectName() == object.Name {
			known[object.Key()] = true
		} else if slices.Contains(deleted, object.Spec.SnapshotName) || object.expired(time.Now()) {
			failed = errors.Join(failed, o.remove(ctx, object))
		}
	}
	for key, file := range files {
		if !known[key] {
			failed = errors.Join(failed, o.Put(ctx, file))
		}
	}
	return failed
}

// expired says whether an object whose snapshot was not found can go.
func (o Object) expired(now time.Time) bool {
	if o.Status.Error != nil && o.Status.Error.Time != nil {
		return now.After(o.Status.Error.Time.Add(failureTTL))
	}
	return o.Spec.S3 == nil || now.After(o.CreationTimestamp.Add(s3Race))
}

// Forget removes the objects of local snapshots of all nodes but these: their nodes run no etcd any more.
func (o Objects) Forget(ctx context.Context, nodes []string) error {
	objects, err := o.list(ctx, labelStorage+" notin ("+strings.Join(append(nodes, storedInS3), ",")+")")
	for _, object := range objects {
		err = errors.Join(err, o.remove(ctx, object))
	}
	return err
}

func (o Objects) remove(ctx context.Context, object Object) error {
	logrus.Infof("Deleting ETCDSnapshotFile for %s", object.Spec.SnapshotName)
	err := o.Client.Resource(resources).Delete(ctx, object.Name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
