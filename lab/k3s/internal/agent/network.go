// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/vishvananda/netlink"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"groundwork.platform/lab/k3s/internal/pki"
)

const (
	bridgeName  = "cni0"
	routesEvery = 2 * time.Second
)

// keepNetwork gives pods addresses of this node's range on a bridge and routes to the ranges of the other nodes, as
// flannel's host-gw backend does, until ctx ends.
func keepNetwork(ctx context.Context, o *Options, cluster Cluster) error {
	config, err := clientcmd.BuildConfigFromFlags("", o.path("k3scontroller.kubeconfig"))
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	n := &network{options: o, cluster: cluster, routes: map[string]string{}}
	for {
		nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{ResourceVersion: "0"})
		if err == nil {
			err = n.apply(nodes.Items)
		}
		if err != nil && ctx.Err() == nil {
			logrus.Warnf("pod network: %v", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(routesEvery):
		}
	}
}

type network struct {
	options    *Options
	cluster    Cluster
	configured string            // this node's pod range once its CNI configuration is written
	routes     map[string]string // pod range → node address
}

func (n *network) apply(nodes []corev1.Node) error {
	wanted := map[string]string{}
	for _, node := range nodes {
		if node.Spec.PodCIDR == "" {
			continue
		}
		if node.Name == n.options.NodeName {
			if err := n.configure(node.Spec.PodCIDR); err != nil {
				return err
			}
			continue
		}
		if address := internalIP(node); address != "" {
			wanted[node.Spec.PodCIDR] = address
		}
	}
	return n.setRoutes(wanted)
}

func internalIP(node corev1.Node) string {
	for _, address := range node.Status.Addresses {
		if address.Type == corev1.NodeInternalIP {
			return address.Address
		}
	}
	return ""
}

// configure writes the CNI configuration for this node's range and the rules that let pods out.
func (n *network) configure(podRange string) error {
	if n.configured == podRange {
		return nil
	}
	data, err := json.MarshalIndent(map[string]any{
		"name": "cbr0", "cniVersion": "1.0.0",
		"plugins": []any{
			map[string]any{
				"type": "bridge", "bridge": bridgeName, "isDefaultGateway": true, "hairpinMode": true, "forceAddress": true,
				"ipam": map[string]any{"type": "host-local", "ranges": []any{[]any{map[string]any{"subnet": podRange}}}},
			},
			map[string]any{"type": "portmap", "capabilities": map[string]any{"portMappings": true}},
		},
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := n.allowPods(); err != nil {
		return err
	}
	if err := pki.WriteFile(n.options.path("etc/cni/net.d/10-flannel.conflist"), data, 0o644); err != nil {
		return err
	}
	n.configured = podRange
	logrus.Infof("Pod network of this node is %s", podRange)
	return nil
}

// allowPods lets pods' packets be forwarded and hides their addresses outside the cluster.
func (n *network) allowPods() error {
	pods := n.cluster.ClusterIPRange
	for _, rule := range [][]string{
		{"filter", "FORWARD", "-s", pods, "-j", "ACCEPT"},
		{"filter", "FORWARD", "-d", pods, "-j", "ACCEPT"},
		{"nat", "POSTROUTING", "-s", pods, "!", "-d", pods, "-j", "MASQUERADE"},
	} {
		table, chain, match := rule[0], rule[1], rule[2:]
		if iptables(append([]string{"-t", table, "-C", chain}, match...)) == nil {
			continue
		}
		if err := iptables(append([]string{"-t", table, "-A", chain}, match...)); err != nil {
			return err
		}
	}
	return nil
}

func iptables(args []string) error {
	output, err := exec.Command("iptables", append([]string{"-w"}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("iptables %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}

// setRoutes sets all routes again, because a cable that was pulled took them along, and removes those of nodes that are gone.
func (n *network) setRoutes(wanted map[string]string) error {
	for podRange, address := range wanted {
		route, err := routeTo(podRange, address)
		if err == nil {
			err = netlink.RouteReplace(route)
		}
		if err != nil {
			return fmt.Errorf("route to %s via %s: %w", podRange, address, err)
		}
		n.routes[podRange] = address
	}
	for podRange, address := range n.routes {
		if wanted[podRange] != "" {
			continue
		}
		if route, err := routeTo(podRange, address); err == nil {
			if err := netlink.RouteDel(route); err != nil {
				logrus.Debugf("route to %s: %v", podRange, err)
			}
		}
		delete(n.routes, podRange)
	}
	return nil
}

func routeTo(podRange, address string) (*netlink.Route, error) {
	_, target, err := net.ParseCIDR(podRange)
	if err != nil {
		return nil, err
	}
	return &netlink.Route{Dst: target, Gw: net.ParseIP(address)}, nil
}
