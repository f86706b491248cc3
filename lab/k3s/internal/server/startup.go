// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sirupsen/logrus"
	clientv3 "go.etcd.io/etcd/client/v3"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"groundwork.platform/lab/k3s/internal/access"
	"groundwork.platform/lab/k3s/internal/args"
	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/etcd"
	"groundwork.platform/lab/k3s/internal/supervisor"
)

const (
	poll     = 500 * time.Millisecond
	logEvery = 5 * time.Second
)

// startEtcd starts the member, joining first when it is new to an existing cluster, and waits until it votes. Then it
// stores the bootstrap data.
func (s *Server) startEtcd(ctx context.Context, joined *access.Client) error {
	cluster := ""
	isNew := !s.Member.Initialized()
	if err := s.Member.EnsureName(); err != nil {
		return err
	}
	if isNew && joined != nil {
		var err error
		if cluster, err = s.join(ctx, joined); err != nil {
			return &ShutdownRequest{fmt.Errorf("etcd cluster join failed: %w", err)}
		}
		logrus.Infof("Adding member %s=%s to etcd cluster [%s]", s.Member.Name, s.Member.PeerURL(), cluster)
	}
	var err error
	if s.process, err = s.Member.Start(s.Group, cluster); err != nil {
		return err
	}
	go s.Member.ManageLearners(ctx, s.etcd, s.onTick)
	if err := s.waitFor(ctx, s.Member.Test); err != nil {
		return err
	}
	logrus.Info("ETCD server is now running")
	err = s.saveBootstrap(ctx)
	if errors.Is(err, etcd.ErrKeyExists) {
		logrus.Warn(err)
		return nil
	}
	if err != nil {
		return &ShutdownRequest{fmt.Errorf("failed to save bootstrap data: %w", err)}
	}
	return nil
}

func (s *Server) join(ctx context.Context, joined *access.Client) (string, error) {
	data, err := joined.Get(ctx, "/db/info")
	if err != nil {
		return "", err
	}
	var members etcd.Members
	if err := json.Unmarshal(data, &members); err != nil {
		return "", err
	}
	return s.Member.Join(ctx, members.ClientURLs())
}

func (s *Server) waitFor(ctx context.Context, test func(context.Context, *clientv3.Client) error) error {
	logged := time.Now()
	for {
		err := test(ctx, s.etcd)
		if err == nil {
			return nil
		}
		if time.Since(logged) >= logEvery {
			logrus.Infof("Failed to test etcd connection: %v", err)
			logged = time.Now()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(poll):
		}
	}
}

func (s *Server) saveBootstrap(ctx context.Context) error {
	password, files, err := s.onDisk()
	if err != nil {
		return err
	}
	return etcd.SaveBootstrap(ctx, s.etcd, password, files)
}

// onDisk reads the password and the shared files as they are on this server's disk now.
func (s *Server) onDisk() (string, bootstrap.Files, error) {
	password, err := s.password()
	if err != nil {
		return "", nil, err
	}
	files, err := bootstrap.Read(s.Folder)
	return password, files, err
}

// startControlPlane starts kube-apiserver, waits until it is ready, and starts the rest.
func (s *Server) startControlPlane(ctx context.Context) error {
	start := func(name string, defaults map[string]string) error {
		_, err := s.Group.Self(name, args.Merge(defaults, s.Args[name]))
		return err
	}
	if err := start("kube-apiserver", s.apiserverArgs()); err != nil {
		return err
	}
	if err := s.waitAPI(ctx); err != nil {
		return err
	}
	logrus.Info("Kube API server is now running")
	s.supervisor.APIReady()
	if err := s.writeUserKubeconfig(s.ca); err != nil {
		return err
	}
	if err := start("kube-controller-manager", s.controllerManagerArgs()); err != nil {
		return err
	}
	return start("kube-scheduler", s.schedulerArgs())
}

func (s *Server) waitAPI(ctx context.Context) error {
	deadline := time.Now().Add(apiWait)
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		_, err := s.kubernetes.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(attempt)
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return &ShutdownRequest{fmt.Errorf("failed to wait for apiserver ready: %w", err)}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(poll):
		}
	}
}

// clients connects to this server's own kube-apiserver.
func (s *Server) clients() error {
	config, err := clientcmd.BuildConfigFromFlags("", s.cred("supervisor.kubeconfig"))
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 50, 100
	if s.objects.Client, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	s.kubernetes, err = kubernetes.NewForConfig(config)
	return err
}

func (s *Server) proxy() (http.Handler, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.ca.server.PEM)
	certificate, err := tls.LoadX509KeyPair(s.tls("client-auth-proxy.crt"), s.tls("client-auth-proxy.key"))
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(apiserverURL)
	if err != nil {
		return nil, err
	}
	return supervisor.Proxy(target, roots, certificate), nil
}
