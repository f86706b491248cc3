# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site's S3 server: versitygw over a folder of the twin, under the name, the port and the buckets that the matrix names."""

from __future__ import annotations

import secrets

from lab.twin import keys
from lab.twin.paths import TwinPaths
from lab.twin.spec import ObjectStoreSpec

Account = dict[str, str]


def furnish(paths: TwinPaths, spec: ObjectStoreSpec, authority: keys.Authority) -> Account:
    """Folder with buckets, certificate and account. Returns the account as the site's secrets file has it."""
    folder = paths.object_store
    for bucket in spec.buckets:
        (folder / "buckets" / bucket).mkdir(parents=True)
    for name in ("names", "versions"):
        (folder / name).mkdir()
    authority.issue(spec.hostname, folder)
    account = {"access-key": secrets.token_hex(10), "secret-key": secrets.token_hex(20)}
    file = folder / "account.env"
    file.touch(mode=0o600)
    file.write_text(f"ROOT_ACCESS_KEY={account['access-key']}\nROOT_SECRET_KEY={account['secret-key']}\n", encoding="utf-8")
    return account


def command(paths: TwinPaths, spec: ObjectStoreSpec) -> list[str]:
    """What serves it; the account comes from a file and stands in no command line."""
    folder = paths.object_store
    server = [spec.program, "--cert", str(folder / "cert.pem"), "--key", str(folder / "key.pem"), "--port", f"{spec.address}:{spec.port}"]
    served = ["posix", "--sidecar", str(folder / "names"), "--versioning-dir", str(folder / "versions"), str(folder / "buckets")]
    return ["sh", "-c", 'set -a; . "$0"; exec "$@"', str(folder / "account.env"), *server, *served]
