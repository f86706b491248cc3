# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options shared by the modules that speak to an S3 server."""

from __future__ import annotations


class ModuleDocFragment:
    """Where the server is and who asks. Nothing but Python's standard library is needed."""

    DOCUMENTATION = r"""
options:
  endpoint:
    description: Host, with a port unless it is 443.
    type: str
    required: true
  region:
    description: Region.
    type: str
    default: us-east-1
  access_key:
    description: Access key of the account.
    type: str
    required: true
  secret_key:
    description: Secret key of the account.
    type: str
    required: true
  ca:
    description: The authority of the server's certificate as PEM. Empty means the host's own authorities.
    type: str
    default: ""
"""
