# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand in for the pip bootstrap file of ansible-test: install pip from Python's own copy, then do as asked."""

from __future__ import annotations

import ensurepip
import os
import subprocess
import sys

environment = dict(os.environ)  # ensurepip changes os.environ so that settings of index and certificate are lost
ensurepip.bootstrap(default_pip=True)
arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
raise SystemExit(subprocess.call([sys.executable, "-m", "pip", "install", *arguments], env=environment))
