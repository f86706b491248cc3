// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package main

import (
	"context"
	"net"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	genericapiserver "k8s.io/apiserver/pkg/server"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	discoveryclient "k8s.io/client-go/kubernetes/typed/discovery/v1"
	"k8s.io/component-base/cli/globalflag"
	logsapi "k8s.io/component-base/logs/api/v1"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/controlplane"
	"k8s.io/kubernetes/pkg/controlplane/reconcilers"
)

// publishedPort is what the Service kubernetes leads to: the supervisor, not kube-apiserver's own loopback port.
// K3s's fork of Kubernetes has a flag for it (advertise-port); upstream needs this wrapper.
const publishedPort = 6443

// newAPIServerCommand is upstream's kube-apiserver with another endpoint reconciler.
func newAPIServerCommand() *cobra.Command {
	ctx := genericapiserver.SetupSignalContext()
	settings := options.NewServerRunOptions()
	cmd := &cobra.Command{Use: "kube-apiserver", SilenceUsage: true, RunE: func(*cobra.Command, []string) error {
		if err := settings.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
			return err
		}
		if err := logsapi.ValidateAndApply(settings.Logs, utilfeature.DefaultFeatureGate); err != nil {
			return err
		}
		completed, err := settings.Complete(ctx)
		if err != nil {
			return err
		}
		if errs := completed.Validate(); len(errs) != 0 {
			return errs[0]
		}
		return serveAPI(ctx, completed)
	}}
	named := settings.Flags()
	globalflag.AddGlobalFlags(named.FlagSet("global"), cmd.Name())
	for _, flags := range named.FlagSets {
		cmd.Flags().AddFlagSet(flags)
	}
	return cmd
}

func serveAPI(ctx context.Context, completed options.CompletedOptions) error {
	config, err := apiserver.NewConfig(completed)
	if err != nil {
		return err
	}
	reconciler, err := leaseReconciler(config.KubeAPIs)
	if err != nil {
		return err
	}
	config.KubeAPIs.Extra.EndpointReconcilerConfig.Reconciler = publishing{reconciler}
	chain, err := config.Complete()
	if err != nil {
		return err
	}
	server, err := apiserver.CreateServerChain(chain)
	if err != nil {
		return err
	}
	prepared, err := server.PrepareRun()
	if err != nil {
		return err
	}
	return prepared.Run(ctx)
}

// leaseReconciler is upstream's default reconciler.
func leaseReconciler(config *controlplane.Config) (reconcilers.EndpointReconciler, error) {
	loopback := config.ControlPlane.Generic.LoopbackClientConfig
	endpoints, err := corev1client.NewForConfig(loopback)
	if err != nil {
		return nil, err
	}
	slices, err := discoveryclient.NewForConfig(loopback)
	if err != nil {
		return nil, err
	}
	storage, err := config.ControlPlane.StorageFactory.NewConfig(api.Resource("apiServerIPInfo"), &api.Endpoints{})
	if err != nil {
		return nil, err
	}
	leases, err := reconcilers.NewLeases(storage, "/masterleases/", controlplane.DefaultEndpointReconcilerTTL)
	if err != nil {
		return nil, err
	}
	return reconcilers.NewLeaseEndpointReconciler(reconcilers.NewEndpointsAdapter(endpoints, slices), leases), nil
}

// publishing replaces the port before the endpoints are written.
type publishing struct{ reconcilers.EndpointReconciler }

func (p publishing) ReconcileEndpoints(service string, ip net.IP, ports []corev1.EndpointPort, reconcilePorts bool) error {
	return p.EndpointReconciler.ReconcileEndpoints(service, ip, published(ports), reconcilePorts)
}

func (p publishing) RemoveEndpoints(service string, ip net.IP, ports []corev1.EndpointPort) error {
	return p.EndpointReconciler.RemoveEndpoints(service, ip, published(ports))
}

func published(ports []corev1.EndpointPort) []corev1.EndpointPort {
	result := make([]corev1.EndpointPort, len(ports))
	for i, port := range ports {
		port.Port = publishedPort
		result[i] = port
	}
	return result
}
