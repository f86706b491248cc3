# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module declares about check mode, diff mode and repeated runs.

Use it as ``extends_documentation_fragment: [groundwork.platform.attributes]`` and say ``support`` per attribute in the
module; ``groundwork.platform.attributes.info`` fills in all of it for modules that only read.
"""

from __future__ import annotations


class ModuleDocFragment:
    """Fragments; the class attribute's name is the part behind the last dot, in capitals."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
  diff_mode:
    description: Will return details on what has changed, or would change in C(check_mode), when in diff mode.
  idempotent:
    description:
      - When run twice in a row outside of C(check_mode) with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled or queried by the module has not changed in a relevant way.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module does not modify state.
  diff_mode:
    support: N/A
    details:
      - This module does not modify state.
  idempotent:
    support: full
    details:
      - This module does not modify state.
"""
