# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of cryptography that plugins use.

Wherever ansible-core runs they are there, as it needs them itself; ansible-test imports every plugin without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
else:
    try:
        from cryptography import x509
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
    except ImportError:
        x509 = Encoding = PublicFormat = load_pem_private_key = None
        InvalidSignature = ValueError

__all__ = ["Encoding", "InvalidSignature", "PublicFormat", "load_pem_private_key", "x509"]
