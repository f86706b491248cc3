// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package agent

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/access"
	"groundwork.platform/lab/k3s/internal/child"
	"groundwork.platform/lab/k3s/internal/config"
	"groundwork.platform/lab/k3s/internal/nodeinfo"
	"groundwork.platform/lab/k3s/internal/token"
)

const (
	balancerAddress = "127.0.0.1:6444"
	serversEvery    = 10 * time.Second
	dialWait        = 2 * time.Second
	stopGrace       = 5 * time.Second
)

// RunAlone is "k3s agent": a node without a server on the same machine.
func RunAlone(ctx context.Context, values config.Values, ready func()) error {
	secret, err := nodeinfo.Secret(values, "token")
	if err != nil {
		return err
	}
	if secret == "" {
		return errors.New("--token is required")
	}
	if values.Text("server", "") == "" {
		return errors.New("--server is required")
	}
	name, addresses, err := nodeinfo.Node(values)
	if err != nil {
		return err
	}
	o := &Options{Values: values, DataDir: values.Text("data-dir", nodeinfo.DataDir), NodeName: name, NodeIPs: addresses,
		ServerURL: values.Text("server", ""), Token: secret, Balance: true}
	group := child.NewGroup()
	defer group.Stop(stopGrace)
	balancer, err := newBalancer(ctx, o)
	if err != nil {
		return err
	}
	go balancer.refresh(ctx, o)
	ended := make(chan error, 1)
	go func() {
		if err := run(ctx, group, o, ready); err != nil {
			ended <- err
		}
	}()
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended:
		if ctx.Err() != nil {
			return nil
		}
		return err
	case err := <-group.Failed:
		return err
	}
}

// balancer passes connections on to the first server that accepts them, so that a node survives the loss of one.
type balancer struct {
	mu      sync.Mutex
	servers []string
}

func newBalancer(ctx context.Context, o *Options) (*balancer, error) {
	address, err := url.Parse(o.ServerURL)
	if err != nil {
		return nil, err
	}
	host := address.Host
	if address.Port() == "" {
		host = net.JoinHostPort(address.Hostname(), "443")
	}
	b := &balancer{servers: []string{host}}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", balancerAddress)
	if err != nil {
		return nil, err
	}
	go func() {
		<-ctx.Done()
		listener.Close()
	}()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go b.pass(conn)
		}
	}()
	return b, nil
}

func (b *balancer) pass(client net.Conn) {
	defer client.Close()
	b.mu.Lock()
	servers := slices.Clone(b.servers)
	b.mu.Unlock()
	for _, address := range servers {
		server, err := net.DialTimeout("tcp", address, dialWait)
		if err != nil {
			continue
		}
		defer server.Close()
		done := make(chan struct{}, 2)
		for _, pair := range [][2]net.Conn{{client, server}, {server, client}} {
			go func() {
				_, err := io.Copy(pair[0], pair[1])
				if err != nil {
					logrus.Debugf("load balancer: %v", err)
				}
				done <- struct{}{}
			}()
		}
		<-done
		return
	}
}

// refresh learns the other servers from the API.
func (b *balancer) refresh(ctx context.Context, o *Options) {
	first := b.servers[0]
	for {
		server, err := access.Connect(ctx, access.Options{URL: "https://" + balancerAddress, Token: o.Token, User: token.NodeUser, Cert: o.oldCertificate()})
		if err == nil {
			var data []byte
			if data, err = server.Get(ctx, "/v1-k3s/apiservers"); err == nil {
				b.set(first, data)
			}
		}
		if err != nil {
			logrus.Debugf("load balancer: %v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(serversEvery):
		}
	}
}

func (b *balancer) set(first string, data []byte) {
	var addresses []string
	if json.Unmarshal(data, &addresses) != nil || len(addresses) == 0 {
		return
	}
	if !slices.Contains(addresses, first) {
		addresses = append(addresses, first)
	}
	b.mu.Lock()
	b.servers = addresses
	b.mu.Unlock()
}
