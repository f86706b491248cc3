# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later

variable "vcenter" {
  description = "Name of the vCenter; its certificate is verified."
  type        = string
}

variable "username" {
  description = "Account that may create machines; give it as PKR_VAR_username."
  type        = string
  sensitive   = true
}

variable "password" {
  description = "Its password; give it as PKR_VAR_password."
  type        = string
  sensitive   = true
}

variable "datacenter" {
  description = "As vcenters.<key>.datacenter in the matrix."
  type        = string
}

variable "host" {
  description = "ESXi host on which it is built, as hypervisors.<key>.hostname in the matrix."
  type        = string
}

variable "datastore" {
  description = "Datastore of that host."
  type        = string
}

variable "folder" {
  description = "VM folder below the datacenter's folder vm; empty for that folder itself."
  type        = string
  default     = ""
}

variable "name" {
  description = "Name of the template, as vcenters.<key>.template in the matrix."
  type        = string
}

variable "hardware_version" {
  description = "Virtual hardware version: the highest that the oldest host of this vCenter runs, such as 14 for ESXi 6.7.0."
  type        = number
}

variable "disk_gb" {
  description = "Disk; machines get larger ones, never smaller ones."
  type        = number
  default     = 20
}

variable "network" {
  description = "Port group for the build."
  type        = string
}

variable "build_network" {
  description = "Netplan's settings of the card during the build, where there is no DHCP: addresses, routes, nameservers."
  type        = any
  default     = { dhcp4 = true }
}

variable "iso" {
  description = "Ubuntu's live-server image on a datastore, such as [S2843_SSD_01_VMS] iso/ubuntu-24.04-live-server-amd64.iso."
  type        = string
}

variable "public_key" {
  description = "Public half of a key that was made for this build."
  type        = string
}

variable "private_key_file" {
  description = "File with its private half."
  type        = string
}
