// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package agent

import (
	"os"
	"strings"

	"github.com/sirupsen/logrus"
)

// networkSysctls are what Services and routed pods need.
var networkSysctls = []struct{ path, value string }{
	{"/proc/sys/net/ipv4/ip_forward", "1"},
	{"/proc/sys/net/ipv4/conf/all/forwarding", "1"},
	{"/proc/sys/net/bridge/bridge-nf-call-iptables", "1"},
	{"/proc/sys/net/bridge/bridge-nf-call-ip6tables", "1"},
}

// prepareKernel sets what pods need, unless the administrator protects the kernel's settings.
func prepareKernel(protect bool) {
	for _, s := range networkSysctls {
		data, err := os.ReadFile(s.path)
		if err != nil {
			logrus.Warnf("Failed to read %s: %v", s.path, err)
			continue
		}
		if protect || strings.TrimSpace(string(data)) == s.value {
			continue
		}
		if err := os.WriteFile(s.path, []byte(s.value), 0o644); err != nil {
			logrus.Warnf("Failed to set %s: %v", s.path, err)
		}
	}
}
