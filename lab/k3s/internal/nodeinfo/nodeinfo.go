// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package nodeinfo holds what servers and agents read alike: tokens, node name, node addresses.
package nodeinfo

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"groundwork.platform/lab/k3s/internal/config"
)

// DataDir is K3s's default data folder.
const DataDir = "/var/lib/rancher/k3s"

const (
	tokenFilePoll = 2 * time.Second
	tokenFileWait = 4 * time.Minute
)

// Secret returns the content of <name>-file, which wins, or the value of <name>. A missing file is waited for.
func Secret(v config.Values, name string) (string, error) {
	file := v.Text(name+"-file", "")
	if file == "" {
		return v.Text(name, ""), nil
	}
	deadline := time.Now().Add(tokenFileWait)
	for {
		data, err := os.ReadFile(file)
		if err == nil {
			return strings.TrimSpace(string(data)), nil
		}
		if !errors.Is(err, os.ErrNotExist) || time.Now().After(deadline) {
			return "", err
		}
		logrus.Infof("Waiting for %s to be available", file)
		time.Sleep(tokenFilePoll)
	}
}

// Node returns the node's name (lower case, default the host name) and addresses (default that of the default route).
func Node(v config.Values) (string, []string, error) {
	name := v.Text("node-name", "")
	if name == "" {
		host, err := os.Hostname()
		if err != nil {
			return "", nil, err
		}
		name = host
	}
	addresses := v.List("node-ip")
	if len(addresses) == 0 {
		address, err := utilnet.ChooseHostInterface()
		if err != nil {
			return "", nil, fmt.Errorf("unable to select an IP from default routes: %w", err)
		}
		addresses = []string{address.String()}
	}
	return strings.ToLower(strings.TrimSpace(name)), addresses, nil
}
