# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which token belongs into a host's token file (pure decision) and how it gets there (0600, at once or not at all)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token, TokenError


@dataclass(frozen=True)
class Situation:
    """What is there: the file's text, the text of the token in force when this host holds cluster data, the operator's token.

    replace: a rotation has put another token in force; the file follows.
    """

    file: str
    in_force: str
    given: str
    replace: bool = False


def decide(now: Situation, kind: str, plain: bool) -> Token:
    """The token that the file must hold; raises TokenError rather than change the token of a cluster that exists.

    plain: the file is read by a server as its agent token; there K3s wants the password alone (k3s-contract 3.1).
    """
    current, in_force, given = _parsed(now.file), _parsed(now.in_force), _parsed(now.given)
    if now.given.strip() and given is None:
        token.parse(now.given, kind)
    if given is not None and given.user is not None:
        token.parse(now.given, kind)
    if in_force is not None and now.replace:
        given = given or in_force
    elif in_force is not None:
        return _unchanged(current, in_force, given)
    wanted = given or current or Token(token.generate())
    if current is not None and current.password == wanted.password and (current.form == "secure" or wanted.form == "short"):
        wanted = current  # a bound form is never loosened
    return Token(wanted.password) if plain else wanted


def _unchanged(current: Token | None, in_force: Token, given: Token | None) -> Token:
    if given is not None and given.password != in_force.password:
        raise TokenError("the given token is not the one this cluster uses; a token is changed by rotation only: give the present one or leave it unset")
    if current is not None and current.password != in_force.password:
        raise TokenError("the token file holds another token than the running cluster uses; remove the file and repeat, it is written again from the cluster")
    return current or in_force


def _parsed(text: str) -> Token | None:
    """None for an empty or unusable text; the operator's own is judged aloud in decide()."""
    try:
        return token.parse(text, None)
    except TokenError:
        return None


def text_of(wanted: Token, kind: str) -> str:
    """The line to write."""
    return (wanted.secure(wanted.ca_hash, kind) if wanted.ca_hash else wanted.password) + "\n"


def describe(text: str, kind: str) -> str:
    """What a diff may show of a token file."""
    parsed = _parsed(text)
    if parsed is None:
        return f"no usable {kind} token\n"
    return f"{kind} token, {parsed.form} form, fingerprint {parsed.fingerprint or '(not shown, the password is short)'}\n"


def write(path: Path, text: str) -> None:
    """Replace the file at once, never readable by others; raises OSError."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(str(temporary), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
