# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look says about a host's tokens: digests and answers, never a token (k3s-contract 3.1, 3.3, 3.4)."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import endpoints, supervisor, token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import TokenState
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token


def look(paths: Paths, asked: supervisor.Supervisor | None) -> dict[str, t.Any]:
    """Fields of an observation; ``asked`` is this host's own supervisor, None when K3s does not run as a server here."""
    is_server = paths.unit == "k3s"
    kinds = ("server", "agent") if is_server else ("agent",)
    files = {kind: (_parsed(paths.cluster_token(kind)) if is_server else None, _parsed(paths.token_file(kind))) for kind in kinds}
    found: dict[str, t.Any] = {f"{kind}_token": _state(kind, *files[kind], asked) for kind in kinds}
    if asked is not None:
        found["datastore_token"] = _datastore(paths, files["server"])
        found["credentials"] = _passwd(paths, asked, found["server_token"], files["server"])
    return found


def _state(kind: str, in_force: Token | str | None, configured: Token | str | None, asked: supervisor.Supervisor | None) -> TokenState:
    digests = [parsed.digest if isinstance(parsed, Token) else parsed for parsed in (in_force, configured)]
    if digests == ["weak", "weak"] and _password(in_force) != _password(configured):
        digests[1] = "weak, another"
    password = _password(in_force)
    return TokenState(digests[0], digests[1], asked.accepts(kind, password) if asked is not None and password else None)


def _datastore(paths: Paths, files: t.Sequence[Token | str | None]) -> str | None:
    keys = endpoints.bootstrap_keys(paths)
    if not keys:
        return None
    known = {token.key_name(parsed.password): parsed.digest for parsed in files if isinstance(parsed, Token)}
    return known.get(keys[0], "other") if len(keys) == 1 else "other"


def _passwd(paths: Paths, asked: supervisor.Supervisor, state: TokenState, files: t.Sequence[Token | str | None]) -> str | None:
    """Compare cred/passwd with the datastore's copy, asking with the password that the process takes."""
    password = _password(files[0] if state.accepted else files[1])
    held = asked.passwd(password) if password else None
    if held is None:
        return None
    try:
        modified, content = paths.passwd.stat().st_mtime, paths.passwd.read_bytes()
    except OSError:
        return None
    if content == held.content:
        return "same"
    return "newer" if supervisor.newer(modified, held) else "older"


def _password(parsed: Token | str | None) -> str:
    return parsed.password if isinstance(parsed, Token) else ""


def _parsed(path: Path) -> Token | str | None:
    try:
        return token.parse(path.read_text(encoding="utf-8"), None)
    except token.TokenError:
        return "invalid"
    except (OSError, UnicodeDecodeError):
        return None
