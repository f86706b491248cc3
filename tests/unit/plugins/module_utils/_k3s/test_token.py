# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens: the forms K3s takes, and the ones it takes and later breaks on (k3s-contract 2, 3.1)."""

from __future__ import annotations

import hashlib
import ssl
import string

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import token, token_file
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token, TokenError
from hypothesis import given
from hypothesis import strategies as st

CA = hashlib.sha256(b"some CA").hexdigest()
PASSWORDS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=64).filter(lambda p: not p.startswith("K10"))


@given(PASSWORDS, st.sampled_from(["server", "agent"]))
def test_both_forms_hold_the_same_password(password: str, kind: str) -> None:
    short = token.parse(password + "\n", kind)
    secure = token.parse(short.secure(CA, kind), kind)
    assert (short.form, secure.form) == ("short", "secure")
    assert short.password == secure.password == password
    assert secure.ca_hash == CA
    assert short.fingerprint == secure.fingerprint


@given(st.text(max_size=80), st.sampled_from(["server", "agent", None]))
def test_whatever_is_given_parses_or_is_refused_without_being_repeated(text: str, kind: str | None) -> None:
    try:
        said = token.parse(text, kind).password
    except TokenError as problem:
        said = str(problem)
        assert len(text.strip()) < 12 or text.strip() not in said
    else:
        assert said in text
    assert said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (" \n", "empty"),
        ("abcdef.0123456789abcdef", "kubeadm"),
        ("K10short::server:secret", "must read K10"),
        (f"K10{CA}::node:secret", "must say ::server:"),
        (f"K10{CA}::server:a::b", "contains '::'"),
        ("with blank", "blanks"),
        ("percent%n", "blanks"),
        (f"K10{CA}::server:K10again", "starts with K10"),
    ],
)
def test_refused_forms(text: str, says: str) -> None:
    with pytest.raises(TokenError, match=says):
        token.parse(text)


def test_fingerprint_is_that_of_the_bootstrap_key_and_only_of_strong_passwords() -> None:
    password = token.generate()
    assert token.parse(password).fingerprint == hashlib.sha256(password.encode()).hexdigest()[:12]
    assert token.parse(password[:31]).fingerprint is None
    assert len({token.generate() for _round in range(50)}) == 50


def situation(file: str = "", in_force: str = "", given: str = "") -> token_file.Situation:
    return token_file.Situation(file, in_force, given)


def test_first_start_keeps_what_is_there_or_generates() -> None:
    kept = token_file.decide(situation(file="already-there"), "server", plain=False)
    made = token_file.decide(situation(), "server", plain=False)
    assert kept.password == "already-there"
    assert len(made.password) == 48


def test_given_token_replaces_one_that_was_never_used() -> None:
    assert token_file.decide(situation(file="old", given="new"), "server", plain=False).password == "new"


def test_an_empty_file_is_no_token() -> None:
    assert token_file.decide(situation(file="\n"), "server", plain=False).password


def test_token_of_a_cluster_is_never_changed() -> None:
    in_force = Token("in-force", CA, "server").secure(CA, "server")
    assert token_file.decide(situation(in_force=in_force), "server", plain=False).password == "in-force"
    assert token_file.decide(situation(file="in-force", in_force=in_force, given="in-force"), "server", plain=False) == Token("in-force")
    with pytest.raises(TokenError, match="rotation"):
        token_file.decide(situation(in_force=in_force, given="other"), "server", plain=False)
    with pytest.raises(TokenError, match="another token"):
        token_file.decide(situation(file="other", in_force=in_force), "server", plain=False)


def test_servers_read_the_agents_token_as_a_password_alone() -> None:
    given = Token("secret").secure(CA, "agent")
    assert token_file.text_of(token_file.decide(situation(given=given), "agent", plain=True), "agent") == "secret\n"
    assert token_file.text_of(token_file.decide(situation(given=given), "agent", plain=False), "agent") == given + "\n"


def test_unusable_given_token_is_refused_aloud() -> None:
    with pytest.raises(TokenError, match="must say ::server:"):
        token_file.decide(situation(given=f"K10{CA}::node:secret"), "server", plain=False)
    with pytest.raises(TokenError, match="blanks"):
        token_file.decide(situation(given="no good"), "server", plain=False)


def test_diff_shows_no_token() -> None:
    password = token.generate()
    shown = token_file.describe(password, "server") + token_file.describe("", "server") + token_file.describe("weak", "server")
    assert password not in shown
    assert "weak" not in shown
    assert "no usable server token" in shown


def test_file_follows_a_rotation_only_when_told() -> None:
    in_force = Token("in-force", CA, "server").secure(CA, "server")
    follow = token_file.Situation(file="old", in_force=in_force, given="", replace=True)
    assert token_file.decide(follow, "server", plain=False).secure(CA, "server") == in_force
    assert token_file.decide(follow, "agent", plain=True) == Token("in-force")
    given = token_file.Situation(file="old", in_force="old", given=in_force, replace=True)
    assert token_file.decide(given, "server", plain=False).password == "in-force"
    bound = token_file.Situation(file=in_force, in_force="old", given="in-force", replace=True)
    assert token_file.decide(bound, "server", plain=False).form == "secure"


def test_hash_of_one_certificate_and_of_a_chain() -> None:
    one = ssl.DER_cert_to_PEM_cert(b"root").encode()
    chain = ssl.DER_cert_to_PEM_cert(b"intermediate").encode() + one
    assert token.ca_hash(one) == hashlib.sha256(one).hexdigest()
    assert token.ca_hash(chain) == hashlib.sha256(b"root").hexdigest()
