# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a secret comes from: an environment variable, else one key of the site's encrypted file."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Callable
from typing import Any

import yaml


class SecretError(Exception):
    """A secret cannot be had; the text says which and what to do."""


def environment_name(key: str) -> str:
    """``GROUNDWORK_SECRET_VCENTER_A_PASSWORD`` for ``vcenter-a/password``."""
    return "GROUNDWORK_SECRET_" + re.sub(r"[^A-Z0-9]", "_", key.upper())


class SecretFile:
    """The encrypted file beside a matrix. Decrypted when the first key is asked for, then kept in memory."""

    def __init__(self, path: str, decrypt: Callable[[str], bytes]) -> None:
        self.path = path
        self._decrypt = decrypt
        self._values: Any = None

    def value(self, key: str) -> Any:
        """The value at a key. Raises KeyError when there is none, SecretError when the file cannot be decrypted."""
        remedy = f"set {environment_name(key)}, or add it with: sops {self.path}"
        if self._values is None and not pathlib.Path(self.path).exists():
            raise KeyError(f"secret {key!r}: there is no file {self.path}; {remedy}")
        found = self._all()
        for step in key.split("/"):
            if not isinstance(found, dict) or step not in found:
                raise KeyError(f"secret {key!r} is not in {self.path}; {remedy}")
            found = found[step]
        return found

    def _all(self) -> Any:
        if self._values is None:
            try:
                self._values = json.loads(self._decrypt(self.path))
            except SecretError as error:
                raise SecretError(f"{self.path} cannot be decrypted: {error}; {self._keys_needed()}") from None
            except ValueError:
                raise SecretError(f"{self.path} does not hold YAML or JSON") from None
        return self._values

    def _keys_needed(self) -> str:
        """Which age keys open the file: its own header says so and is not secret."""
        try:
            header = (yaml.safe_load(pathlib.Path(self.path).read_text("utf-8")) or {}).get("sops") or {}
            recipients = [str(entry["recipient"]) for entry in header.get("age") or ()]
        except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError):
            recipients = []
        wanted = " or ".join(recipients) or "an age recipient of the file (it has no readable list of them: was it encrypted with SOPS?)"
        return f"it needs the private key of {wanted}, in SOPS_AGE_KEY_FILE or ~/.config/sops/age/keys.txt"
