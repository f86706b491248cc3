// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
	clientv3 "go.etcd.io/etcd/client/v3"
	"k8s.io/client-go/kubernetes"

	"groundwork.platform/lab/k3s/internal/access"
	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/child"
	"groundwork.platform/lab/k3s/internal/config"
	"groundwork.platform/lab/k3s/internal/etcd"
	"groundwork.platform/lab/k3s/internal/snapshot"
	"groundwork.platform/lab/k3s/internal/supervisor"
	"groundwork.platform/lab/k3s/internal/token"
)

const (
	etcdGrace = 3 * time.Second
	restGrace = 5 * time.Second
	apiWait   = 15 * time.Minute
)

// Server is one running server.
type Server struct {
	*Options
	Member     *etcd.Member
	Group      *child.Group
	standalone bool // no cluster-init, no server: K3s would use SQLite
	ca         *authorities
	passwd     *token.Passwd
	etcd       *clientv3.Client
	process    *child.Process // etcd
	supervisor *supervisor.Supervisor
	kubernetes kubernetes.Interface
	objects    snapshot.Objects
	snapshots  sync.Mutex  // held while one is saved
	tokenHash  string      // fingerprint of the token this server started with
	removed    atomic.Bool // this member was removed from the cluster while it ran
	rotation   sync.Mutex  // held by what changes the shared files of a running server, Token among them
}

// Run starts a server and returns when ctx ends (nil) or something fails. ready is called when systemd may be told;
// node runs this server's own node, nil with disable-agent.
func Run(ctx context.Context, values config.Values, ready func(), node func(context.Context, *Server) error) error {
	options, err := NewOptions(values)
	if err != nil {
		return err
	}
	logrus.Infof("Starting k3s %s", Version())
	s := &Server{Options: options, Group: child.NewGroup()}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go s.watchChildren(ctx, cancel)
	defer s.stop()
	begin := func() error { return s.start(ctx, ready) }
	if values.Bool("cluster-reset") {
		begin = func() error { return s.reset(ctx) }
	}
	if err := begin(); err != nil {
		if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil {
			return ended(cause)
		}
		return err
	}
	if node != nil && !values.Bool("disable-agent") {
		go func() {
			if err := node(ctx, s); err != nil && ctx.Err() == nil {
				cancel(err)
			}
		}()
	}
	<-ctx.Done()
	return ended(context.Cause(ctx))
}

// stop ends etcd first, so that it hands leadership over, then the rest. Containers keep running.
func (s *Server) stop() {
	if s.process != nil {
		s.process.Stop(etcdGrace)
	}
	s.Group.Stop(restGrace)
}

func (s *Server) start(ctx context.Context, ready func()) error {
	joined, err := s.prepare(ctx)
	if err != nil {
		var newer *bootstrap.NewerError
		if errors.As(err, &newer) {
			return newer
		}
		return fmt.Errorf("preparing server: %w", err)
	}
	if err := s.listen(ctx); err != nil {
		return err
	}
	if err := s.startEtcd(ctx, joined); err != nil {
		return err
	}
	if s.tokenHash, err = s.fingerprint(); err != nil {
		return err
	}
	s.supervisor.Started()
	if err := s.startControlPlane(ctx); err != nil {
		return err
	}
	if err := s.finishReset(ctx); err != nil {
		return err
	}
	go s.keepAddons(ctx)
	go s.keepNode(ctx)
	if !s.standalone {
		go s.keepSnapshots(ctx)
	}
	ready()
	logrus.Info("k3s is up and running")
	return nil
}

// layout makes the folders and knows the member of this server.
func (s *Server) layout() error {
	for _, folder := range []string{"", "cred", "tls", "db", "etc", "manifests"} {
		if err := os.MkdirAll(filepath.Join(s.Folder, folder), 0o700); err != nil {
			return err
		}
	}
	s.Member = &etcd.Member{
		Folder: filepath.Join(s.Folder, "db", "etcd"), TLS: s.tls("etcd"), NodeName: s.NodeName, Address: s.NodeIPs[0],
		ExposeMetrics: s.Values.Bool("etcd-expose-metrics"), ExtraArgs: s.Args["etcd"],
	}
	return nil
}

// prepare gets all files in place.
func (s *Server) prepare(ctx context.Context) (*access.Client, error) {
	if err := s.layout(); err != nil {
		return nil, err
	}
	if err := s.forgetServing(); err != nil {
		return nil, err
	}
	if err := s.leaveTombstone(); err != nil {
		return nil, err
	}
	s.standalone = !s.Member.Initialized() && !s.Values.Bool("cluster-init") && (s.JoinURL == "" || s.Token == "")
	if s.standalone {
		s.Member.Folder = filepath.Join(s.Folder, "db", "standalone")
		if err := os.WriteFile(filepath.Join(s.Folder, "db", "state.db"), nil, 0o600); err != nil {
			return nil, err
		}
	}
	joined, err := s.shared(ctx)
	if err != nil {
		return nil, fmt.Errorf("failed to bootstrap cluster data: %w", err)
	}
	return joined, s.ensureFiles()
}

func (s *Server) ensureFiles() (err error) {
	if s.ca, err = s.ensureAuthorities(); err != nil {
		return err
	}
	if err := s.ensureLeafs(s.ca); err != nil {
		return err
	}
	if s.passwd, err = s.ensurePasswd(); err != nil {
		return err
	}
	if err := s.ensureOtherSecrets(); err != nil {
		return err
	}
	if err := s.writeKubeconfigs(s.ca); err != nil {
		return err
	}
	return s.writeTokens(s.passwd, s.ca.server)
}
