# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options shared by the modules that speak to a Kubernetes API."""

from __future__ import annotations


class ModuleDocFragment:
    """Where the API is and who asks."""

    DOCUMENTATION = r"""
requirements:
  - kubernetes >= 31
options:
  kubeconfig:
    description: Kubeconfig on the machine that the module runs on, usually the controller.
    type: path
    required: true
  context:
    description: Its context.
    type: str
    required: true
"""
