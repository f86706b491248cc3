#!/bin/sh
# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Ends pods and takes away their mounts and networks after K3s itself was stopped, which leaves them running on purpose
# (KillMode=process). K3s's own k3s-killall.sh does the same; it comes with an installer that this role does not use.
set -u

descendants() {
  for pid in $(pgrep --parent "$1"); do
    descendants "$pid"
    echo "$pid"
  done
}

shims=$(pgrep -f 'containerd-shim.*/run/k3s/containerd')
pods=$(for shim in $shims; do descendants "$shim"; done)
# Databases end well when they are asked; twenty seconds for all together.
for pid in $pods; do kill "$pid" 2>/dev/null; done
for _ in $(seq 40); do
  left=
  for pid in $pods; do kill -0 "$pid" 2>/dev/null && left=$pid; done
  [ -n "$left" ] || break
  sleep 0.5
done
for pid in $shims $pods; do kill -9 "$pid" 2>/dev/null; done

# The deepest first.
awk '{ print $2 }' /proc/self/mounts | grep -E '^(/run/k3s/|/var/lib/kubelet/(pods|plugins)|/var/lib/rancher/k3s/|/run/netns/cni-)' | sort -r |
  while read -r mount; do umount --lazy "$mount"; done

ip netns list 2>/dev/null | awk '/^cni-/ { print $1 }' | while read -r namespace; do ip netns delete "$namespace"; done
for link in cni0 flannel.1 flannel-v6.1 flannel-wg flannel-wg-v6 kube-ipvs0; do ip link delete "$link" 2>/dev/null; done

for family in iptables ip6tables; do
  command -v "$family-save" >/dev/null || continue
  "$family-save" | grep -v -E 'KUBE-|CNI-|flannel' | "$family-restore"
done
exit 0
