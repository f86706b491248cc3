#!/bin/sh
# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# The last step of the build, as root: what is one machine's own goes, and cloud-init listens to VMware's guestinfo alone.
set -eu

# The installer leaves its answers behind; they would stand beside, or before, what a clone is told.
rm -f /etc/cloud/cloud.cfg.d/*installer* /etc/cloud/cloud.cfg.d/*curtin* /etc/cloud/cloud.cfg.d/subiquity-disable-cloudinit-networking.cfg
rm -f /etc/cloud/ds-identify.cfg /etc/netplan/*.yaml
cat > /etc/cloud/cloud.cfg.d/99-groundwork.cfg <<'CFG'
datasource_list: [VMware, None]
ssh_deletekeys: true
ssh_genkeytypes: [ed25519, ecdsa]
CFG

apt-get --quiet clean
cloud-init clean --logs --seed --machine-id
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub /var/lib/systemd/random-seed
rm -rf /var/lib/dhcp/* /var/log/installer /home/*/.bash_history /root/.bash_history /tmp/* /var/tmp/*
journalctl --rotate --quiet && journalctl --vacuum-time=1s --quiet
fstrim --all || true
