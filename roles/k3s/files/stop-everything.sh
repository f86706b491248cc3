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

for shim in $(pgrep -f 'containerd-shim.*/run/k3s/containerd'); do
  pods=$(descendants "$shim")
  for pid in $shim $pods; do kill -9 "$pid" 2>/dev/null; done
done

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
