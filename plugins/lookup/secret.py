# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secret from the environment or from the site's SOPS file."""

from __future__ import annotations

DOCUMENTATION = r"""
name: secret
short_description: A secret from the environment or from the site's SOPS file
version_added: 0.1.0
author:
  - groundwork.platform contributors (@groundwork)
description:
  - Reads an environment variable first, for automation. The key V(vcenter-a/password) is C(GROUNDWORK_SECRET_VCENTER_A_PASSWORD).
  - Otherwise decrypts the SOPS file that the environment matrix names and takes the value at the key; a slash descends one level.
  - The file is decrypted at most once per process. Nothing is written to disk, and no secret is part of a command line.
requirements:
  - sops, when a value is not in the environment
  - community.sops
options:
  _terms:
    description: Keys, with C(/) between levels.
    type: list
    elements: str
    required: true
  file:
    description: The SOPS file. Not given means the variable C(groundwork_secrets_file), which the environment matrix sets.
    type: path
    vars:
      - name: groundwork_secrets_file
  default:
    description: What to return when neither the environment nor the file has the key. Not given means that this is an error.
    type: str
notes:
  - A file that is there and cannot be decrypted is always an error, also with a default.
seealso:
  - plugin: community.sops.sops
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Use a password
  ansible.builtin.uri:
    url: https://vcenter.example.org/api/session
    method: POST
    url_username: "{{ lookup('groundwork.platform.secret', 'vcenter-a/username') }}"
    url_password: "{{ lookup('groundwork.platform.secret', 'vcenter-a/password') }}"
    force_basic_auth: true
  no_log: true
"""

RETURN = r"""
_raw:
  description: The secrets, in the order of the keys.
  type: list
  elements: str
"""

import os
import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display
from ansible_collections.groundwork.platform.plugins.plugin_utils._secrets import SecretError, SecretFile, environment_name

try:
    from ansible_collections.community.sops.plugins.module_utils.sops import Sops, SopsError
except ImportError:
    HAS_SOPS = False
else:
    HAS_SOPS = True

_FILES: dict[str, SecretFile] = {}


class LookupModule(LookupBase):
    """Thin shell: the rules of where a secret comes from are in plugin_utils."""

    def run(self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        return [self._one(str(term), "default" in kwargs) for term in terms]

    def _one(self, key: str, has_default: bool) -> t.Any:
        from_environment = os.environ.get(environment_name(key))
        if from_environment is not None:
            return from_environment
        try:
            return self._file().value(key)
        except KeyError as error:
            if has_default:
                return self.get_option("default")
            raise AnsibleLookupError(str(error.args[0])) from None
        except SecretError as error:
            raise AnsibleLookupError(str(error)) from None

    def _file(self) -> SecretFile:
        path = self.get_option("file")
        if not path:
            raise SecretError("there is no secrets file to look into; give file=, or use an inventory made from an environment matrix")
        return _FILES.setdefault(str(path), SecretFile(str(path), _decrypt))


def _decrypt(path: str) -> bytes:
    """The plain text of a SOPS file. Raises SecretError with what sops said."""
    if not HAS_SOPS:
        raise SecretError("the collection community.sops is missing; install it: ansible-galaxy collection install community.sops")
    try:
        text: bytes = Sops.decrypt(path, display=Display(), decode_output=False, rstrip=False, output_type="json", get_option_value=_no_option)
    except OSError as error:
        raise SecretError(f"the program sops cannot be run ({error.strerror}); install it and have it in PATH") from None
    except SopsError as error:
        raise SecretError(str(error)) from None
    return text


def _no_option(_name: str) -> None:
    """Options of sops come from its own environment variables, as on the command line."""
