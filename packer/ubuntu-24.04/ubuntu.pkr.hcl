# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The template that groundwork.platform clones: Ubuntu Server 24.04, one disk, one network card, open-vm-tools, cloud-init
# that reads VMware's guestinfo and nothing else. One run per vCenter; README.md says how.

packer {
  required_version = ">= 1.11.0"
  required_plugins {
    vsphere = {
      source  = "github.com/vmware/vsphere"
      version = ">= 2.0.0"
    }
  }
}

locals {
  # What vsphere_template_info reads: nobody can look into a template that is off.
  label = { os = "ubuntu-24.04", datasource = "VMware" }
}

source "vsphere-iso" "ubuntu" {
  vcenter_server      = var.vcenter
  username            = var.username
  password            = var.password
  insecure_connection = false

  datacenter = var.datacenter
  host       = var.host
  datastore  = var.datastore
  folder     = var.folder
  vm_name    = var.name

  guest_os_type        = "ubuntu64Guest"
  vm_version           = var.hardware_version
  firmware             = "efi"
  CPUs                 = 2
  RAM                  = 4096
  disk_controller_type = ["pvscsi"]
  storage {
    disk_size             = var.disk_gb * 1024
    disk_thin_provisioned = true
  }
  network_adapters {
    network      = var.network
    network_card = "vmxnet3"
  }
  configuration_parameters = {
    "groundwork.template" = jsonencode(local.label)
  }
  notes = "Template of groundwork.platform: Ubuntu 24.04 for cloud-init through guestinfo."

  iso_paths    = [var.iso]
  cd_label     = "cidata"
  remove_cdrom = true
  cd_content = {
    "meta-data" = ""
    "user-data" = templatefile("${path.root}/user-data.pkrtpl", { public_key = var.public_key, network = var.build_network })
  }

  boot_wait = "5s"
  boot_command = [
    "c<wait2>",
    "linux /casper/vmlinuz autoinstall ---<enter><wait5>",
    "initrd /casper/initrd<enter><wait5>",
    "boot<enter>",
  ]

  communicator         = "ssh"
  ssh_username         = "packer"
  ssh_private_key_file = var.private_key_file
  ssh_timeout          = "45m"

  # The build's own user goes with the last command: a template has no login of its own.
  shutdown_command    = "sudo sh -c 'rm -f /etc/sudoers.d/90-cloud-init-users; userdel --force --remove packer; systemctl poweroff'"
  shutdown_timeout    = "10m"
  convert_to_template = true
}

build {
  sources = ["source.vsphere-iso.ubuntu"]

  provisioner "shell" {
    inline = ["cloud-init status --wait || test $? -eq 2"]
  }

  provisioner "shell" {
    script          = "${path.root}/seal.sh"
    execute_command = "sudo sh -eu {{ .Path }}"
  }
}
